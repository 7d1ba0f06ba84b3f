"""docs/cost.md is computed from its inputs."""

import copy
from decimal import Decimal

import pytest

from devstack.template import functions, resources, template
from tests.unit.cost.round_numbers import prices
from tools.cost_inputs import PRICES, AwsPrice, Inputs, Prices
from tools.cost_tables import dollars, item, quantity, table, unit_price
from tools.generate_cost import DOCUMENT, rendered

INPUTS = Inputs.read()


def test_the_page_is_what_the_command_writes() -> None:
    assert DOCUMENT.read_text() == rendered(INPUTS, template()), "docs/cost.md is old: make cost"


def test_the_sampling_is_that_of_the_template() -> None:
    rule = resources("AWS::XRay::SamplingRule")["SamplingRule"]["SamplingRule"]
    share = template()["Parameters"][rule["FixedRate"]["Ref"]]["Default"]
    assumed = INPUTS.assumptions.sampling.value

    assert (assumed.each_second, float(assumed.of_the_rest)) == (rule["ReservoirSize"], share)


def test_the_counted_functions_are_in_the_template() -> None:
    called = {name for step in INPUTS.counts.steps.values() for name in step}

    assert called <= functions().keys()
    assert called == INPUTS.assumptions.billed_milliseconds.value.keys()


@pytest.mark.parametrize("name", Prices.read(PRICES).prices)
def test_every_price_is_used(name: str) -> None:
    others = {other: price for other, price in INPUTS.prices.prices.items() if other != name}
    without = INPUTS.prices.model_copy(update={"prices": others})

    with pytest.raises(KeyError, match="has no price of"):
        rendered(Inputs(without, INPUTS.counts, INPUTS.assumptions), template())


@pytest.mark.parametrize(("name", "price"), Prices.read(PRICES).prices.items())
def test_a_price_names_its_source(name: str, price: AwsPrice) -> None:
    assert str(price.page).startswith("https://aws.amazon.com/"), name
    assert (price.quoted_by is not None) == (price.seen == "third party"), name


def test_a_new_schedule_and_a_new_alarm_are_on_the_bill() -> None:
    document = copy.deepcopy(template())
    tidy = copy.deepcopy(document["Resources"]["SweepFunction"])
    tidy["Properties"]["Events"] = {
        "Hourly": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 hour)"}}
    }
    document["Resources"]["TidyFunction"] = tidy
    document["Resources"]["OneMoreAlarm"] = document["Resources"]["FaultAlarm"]
    alarms = sum(r["Type"] == "AWS::CloudWatch::Alarm" for r in document["Resources"].values())

    page = rendered(INPUTS, document)

    assert "| **tidy** |" in page
    assert f"| {alarms} alarms |" in page


def test_numbers_are_formatted() -> None:
    assert dollars(Decimal("1234.5")) == "$1,234.50"
    assert [quantity(Decimal(n)) for n in ("2511614.28", "10.504", "30", "0.24")] == [
        "2,511,614",
        "10.5",
        "30",
        "0.24",
    ]


def test_prices_are_formatted() -> None:
    price = prices()["nat_hour"].model_copy(update={"unit": "hours"})

    assert unit_price(price) == "$1.00 / hours"
    small = price.model_copy(update={"dollars": Decimal("0.0000133334"), "per": 1000})
    assert unit_price(small) == "$0.0000133334 / 1,000 hours"


def test_tables_and_items_are_formatted() -> None:
    assert (
        table(["What", "Dollars"], [["a", "1"]]) == "| What | Dollars |\n| --- | --: |\n| a | 1 |"
    )
    lines = item("word " * 30).splitlines()
    assert lines[0].startswith("- word")
    assert all(line.startswith("  word") for line in lines[1:])
    assert max(map(len, lines)) <= 100

"""The documents' links lead somewhere, and README's claims and figures have their source."""

import re
from pathlib import Path

import pytest
import yaml

from devstack.state import ROOT

DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/**/*.md", "devstack/stripe_standin/*.md")
    for path in ROOT.glob(pattern)
)
README = (ROOT / "README.md").read_text()
LINK = re.compile(r"\[([^]]*)\]\(([^)\s]+)\)")
CODE = re.compile(r"```\w*\n.*?```|`[^`\n]+`", re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CLAIMS = [(name, path) for name, path in LINK.findall(README) if path.startswith("tests/")]


def links(document: Path) -> list[str]:
    """The links to files, without those to the web."""
    targets = [target for _, target in LINK.findall((ROOT / document).read_text())]
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub gives a document's headings."""
    headings = HEADING.findall(document.read_text())
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_documents_are_found() -> None:
    assert {Path("README.md"), Path("docs/tour.md"), Path("docs/adr/0001-checkout-session.md")} <= {
        *DOCUMENTS
    }


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_link_leads_to_a_file_and_its_heading(document: Path) -> None:
    for link in links(document):
        path, _, anchor = link.partition("#")
        target = (ROOT / document.parent / path).resolve() if path else ROOT / document
        assert target.exists(), f"{document}: {link} does not exist"
        if anchor:
            assert anchor in anchors(target), f"{document}: {link} has no such heading"


@pytest.mark.parametrize("document", [Path("docs/tour.md"), Path("docs/architecture.md")], ids=str)
def test_a_file_named_as_code_exists(document: Path) -> None:
    named = re.findall(
        r"`(?:…/)?([a-z]+/[\w/]+\.(?:json|md|py|yaml))`", (ROOT / document).read_text()
    )

    assert named
    for path in named:
        found = [home / path for home in (ROOT, ROOT / "layers/common/gorder")]
        assert any(file.is_file() for file in found), f"{document}: {path} does not exist"


@pytest.mark.parametrize(("name", "path"), CLAIMS, ids=[name for name, _ in CLAIMS])
def test_a_claim_of_the_readme_names_a_test_of_its_file(name: str, path: str) -> None:
    wanted = name.strip("`")
    text = (ROOT / path).read_text()

    assert re.search(rf"^(def {wanted}\(|{wanted} = |class {wanted}\b)", text, re.MULTILINE)


def test_eight_claims_have_a_test() -> None:
    claims = README.partition("## Why you can rely on it")[2].partition("\n## ")[0]

    bullets = claims.split("\n- ")[1:]
    assert len(bullets) == 8
    assert all("](tests/" in bullet for bullet in bullets)


def test_dollars_in_the_readme_are_those_of_the_cost_page() -> None:
    cost = (ROOT / "docs" / "cost.md").read_text()

    assert [figure for figure in re.findall(r"\$[\d,.]*\d", README) if figure not in cost] == []


def test_commands_of_make_in_the_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    for document in DOCUMENTS:
        code = " ; ".join(CODE.findall((ROOT / document).read_text()))
        named = set(re.findall(r"\bmake (?:-s )?([a-z-]+)", code))
        assert named <= targets, f"{document}: {named - targets}"


def test_the_pipeline_runs_ci_run() -> None:
    pipeline = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())

    [job] = pipeline["jobs"].values()
    assert job["steps"][-1] == {"run": ".ci/run"}

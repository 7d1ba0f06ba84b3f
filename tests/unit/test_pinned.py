"""What CI and the hooks download is pinned to a commit."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from devstack.state import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").iterdir())
PINNED = re.compile(r"\s+- uses: [\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def hooks() -> list[dict[str, Any]]:
    document = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    repositories: list[dict[str, Any]] = document["repos"]
    return repositories


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_an_action_is_pinned_to_a_commit_beside_its_version(workflow: Path) -> None:
    lines = [line for line in workflow.read_text().splitlines() if "uses:" in line]

    assert [line for line in lines if not PINNED.fullmatch(line)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_reads_the_repository_only(workflow: Path) -> None:
    document = yaml.safe_load(workflow.read_text())

    assert document["permissions"] == {"contents": "read"}
    assert all("permissions" not in job for job in document["jobs"].values())
    assert "pull_request_target" not in document[True]  # YAML 1.1 reads `on` as true


def test_a_hook_is_local_or_pinned_to_a_commit() -> None:
    assert hooks()
    for repository in hooks():
        local = repository["repo"] == "local"
        assert local or re.fullmatch(r"[0-9a-f]{40}", repository["rev"]), repository["repo"]


def test_updates_wait_for_a_week() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]

    assert [each["package-ecosystem"] for each in updates] == ["github-actions", "npm"]
    assert all(each["cooldown"]["default-days"] >= 7 for each in updates)

"""What `deploy/` gives an operator names only what the program knows, and fits together."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from bot import service, web
from bot.config import PREFIX, Settings
from bot.metrics import Metrics
from storage.database import Database

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "tocns.service").read_text("utf-8")
HANDBOOK = (ROOT / "docs" / "operator" / "van-hanh.md").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "tocns"}
LONGEST_STOP = service.LEAVE + 2 * (service.DRAIN + web.STOP_TIMEOUT)


@pytest.mark.parametrize("file", ["tocns.service", "compose.yaml", "Dockerfile", "prometheus.yaml"])
def test_every_setting_that_is_named_is_one_of_the_program(file: str) -> None:
    named = set(re.findall(rf"\b{PREFIX}([A-Z_]+)", (DEPLOY / file).read_text("utf-8")))
    assert named
    assert named <= {name.upper() for name in Settings.model_fields}


def test_the_unit_waits_longer_for_the_end_than_the_service_takes() -> None:
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT, re.M)
    assert int(seconds) > LONGEST_STOP


# --------------------------------------------------------------------------- what Prometheus is asked


def known_metrics(sqlite_database: Database) -> dict[str, set[str]]:
    """By the name under which Prometheus knows it: its labels."""
    registry = CollectorRegistry()
    Metrics(registry, sqlite_database, lambda: pytest.fail("nothing is looked up"))
    web._answering(registry)
    known: dict[str, set[str]] = {"up": {"job", "instance"}}
    for collector in list(registry._collector_to_names):
        labels = {*collector._labelnames, "job", "instance"}  # type: ignore[attr-defined]
        for name in registry._collector_to_names[collector]:
            known[name] = labels | ({"le"} if name.endswith("_bucket") else set())
    return known


def asked(file: str) -> list[str]:
    """Every expression in the file."""
    text = (DEPLOY / file).read_text("utf-8")
    if file.endswith(".json"):
        return [target["expr"] for panel in json.loads(text)["panels"] for target in panel["targets"]]
    return [rule["expr"] for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


@pytest.mark.parametrize("file", ["grafana.json", "alerts.yaml"])
def test_every_metric_that_is_read_is_told(file: str, sqlite_database: Database) -> None:
    known, expressions = known_metrics(sqlite_database), asked(file)
    assert len(expressions) > 10
    for expression in expressions:
        names = re.findall(r"\b(?:tocns_\w+|up)\b", expression)
        assert names, expression
        assert set(names) <= known.keys(), expression
        labels = {
            *(label for list_ in re.findall(r"by \(([^)]*)\)", expression) for label in list_.split(", ")),
            *re.findall(r"(\w+)=~?\"", expression),
        }
        assert labels <= set.union(*(known[name] for name in names)), expression


def test_the_dashboard_shows_all_that_is_told(sqlite_database: Database) -> None:
    whole = " ".join(asked("grafana.json"))
    told = {
        re.sub(r"_(total|created|bucket|sum|count)$", "", name) for name in known_metrics(sqlite_database)
    }
    assert {name for name in told if name not in whole} == set()


def test_every_alert_says_what_it_is_and_what_to_do() -> None:
    (group,) = yaml.safe_load((DEPLOY / "alerts.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["mend"]
        assert f"`{rule['alert']}`" in HANDBOOK


def test_every_line_that_the_handbook_explains_is_one_that_the_program_says() -> None:
    """In a source a sentence may go on in the next string; in the handbook … stands for what differs."""
    sources = " ".join(
        file.read_text("utf-8") for part in ("bot", "storage") for file in (ROOT / part).rglob("*.py")
    )
    said = re.sub(r"\"\s*f?\"", "", sources)
    rows = re.findall(r"^\| (`[a-z].*?) \| ", HANDBOOK, re.M)
    phrases = [phrase for row in rows for phrase in re.findall(r"`([a-z][^`]*)`", row)]
    assert len(phrases) > 20
    assert [
        phrase
        for phrase in phrases
        for part in phrase.split("…")
        if part.strip() and part.strip() not in said
    ] == []


# --------------------------------------------------------------------------- compose and the image


def test_no_secret_stands_in_the_compose_file() -> None:
    for one in SERVICES.values():
        for name, value in one.get("environment", {}).items():
            if re.search(r"PASSWORD|KEY|TOKEN|SECRET|URL", name) and "https://${SITE" not in value:
                assert re.search(r"\$\{\w+:\?put it into deploy/\.env\}", value), name
    assert all(one["env_file"] == ".env" for one in OURS.values())
    ignored = subprocess.run(["git", "check-ignore", "-q", "deploy/.env"], cwd=ROOT, check=False)
    assert ignored.returncode == 0 or not (ROOT / ".git").exists()


def test_what_the_compose_file_mounts_is_there() -> None:
    mounted = [volume for service in SERVICES.values() for volume in service.get("volumes", ())]
    files = [volume.split(":")[0] for volume in mounted if volume.startswith("./")]
    assert len(files) == 4
    assert [file for file in files if not (DEPLOY / file).is_file()] == []
    named = {volume.split(":")[0] for volume in mounted} - set(files)
    assert named == set(COMPOSE["volumes"])


def test_every_process_is_known_to_the_proxy_and_to_prometheus() -> None:
    parts = {name: service["command"][-1] for name, service in OURS.items() if name != "migrate"}
    assert sorted(parts.values()) == ["web", "web", "worker", "worker"]
    webs = {
        f"{name}:{Settings.model_fields['http_port'].default}"
        for name, part in parts.items()
        if part == "web"
    }
    assert set(SERVICES["caddy"]["environment"]["UPSTREAMS"].split()) == webs
    (job,) = yaml.safe_load((DEPLOY / "prometheus.yaml").read_text("utf-8"))["scrape_configs"]
    port = OURS["web-a"]["environment"]["TOCNS_METRICS_PORT"]
    assert set(job["static_configs"][0]["targets"]) == {f"{name}:{port}" for name in parts}
    for name in parts:
        assert f":{port}/health/ready" in OURS[name]["healthcheck"]["test"][-1]
        assert OURS[name]["environment"]["TOCNS_METRICS_HOST"] == "0.0.0.0"
        assert int(OURS[name]["stop_grace_period"].rstrip("s")) > LONGEST_STOP


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    open_ = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert open_ == {"caddy": ["80:80", "443:443"], "grafana": ["127.0.0.1:3000:3000"]}


def test_what_the_image_is_given_is_the_whole_program(tmp_path: Path) -> None:
    copies = re.findall(r"^COPY (\S+) (\S+)$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.M)
    allowed = re.findall(r"^!(\S+)$", (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8"), re.M)
    assert sorted(source for source, _ in copies) == sorted(allowed)
    found = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"][
        "find"
    ]
    for package in found["include"]:
        assert package.rstrip("*") in allowed
    for source, to in copies:
        (tmp_path / to).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / to).symlink_to(ROOT / source)
    checked = subprocess.run(
        [sys.executable, "-m", "bot", "check", "--content-only"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")

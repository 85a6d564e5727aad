"""What is counted can be read by Prometheus."""

from collections import Counter

import httpx

from compat.serve.metrics import Bridged, Metrics, metrics_app
from tests.compat.runtime.server import WAIT, serving


def test_the_exposition_names_difference_flow_and_peer() -> None:
    counts = {("0123456789ab", "down"): 0, ("0123456789ab", "up"): 7}
    named = {
        "0123456789ab": ("value-removed", "Volume.state=\ud800"),
        "ba9876543210": ("field-added", "Volume.pool"),
    }
    bridged = Bridged(package="shim", peer='v"1\\', totals=lambda: counts, named=named)
    metrics = Metrics(bridged=[bridged], answers=Counter({502: 1, 200: 5}), broken=2, in_flight=3)
    with serving(metrics_app(metrics)) as url:
        response = httpx.get(f"{url}/metrics", timeout=WAIT)
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.text.splitlines() == [
        "# HELP isthmus_bridged_total Values changed on their way.",
        "# TYPE isthmus_bridged_total counter",
        'isthmus_bridged_total{package="shim",peer="v\\"1\\\\",'
        'difference="0123456789ab",flow="down"} 0',
        'isthmus_bridged_total{package="shim",peer="v\\"1\\\\",'
        'difference="0123456789ab",flow="up"} 7',
        "# HELP isthmus_difference_info What each difference is.",
        "# TYPE isthmus_difference_info gauge",
        'isthmus_difference_info{package="shim",difference="0123456789ab",'
        'kind="value-removed",subject="Volume.state=\\\\ud800"} 1',
        "# HELP isthmus_proxy_answers_total Answers by their status.",
        "# TYPE isthmus_proxy_answers_total counter",
        'isthmus_proxy_answers_total{status="200"} 5',
        'isthmus_proxy_answers_total{status="502"} 1',
        "# HELP isthmus_proxy_broken_total Answers cut off midway.",
        "# TYPE isthmus_proxy_broken_total counter",
        "isthmus_proxy_broken_total 2",
        "# HELP isthmus_proxy_in_flight Calls under way.",
        "# TYPE isthmus_proxy_in_flight gauge",
        "isthmus_proxy_in_flight 3",
    ]


def test_who_looks_elsewhere_is_told_where_the_metrics_are() -> None:
    with serving(metrics_app(Metrics())) as url:
        response = httpx.get(url, timeout=WAIT)
    assert (response.status_code, response.text) == (
        200,
        "the metrics of this proxy are at /metrics\n",
    )

"""Examples in the OpenAPI document: what a test sent to each operation and was answered (docs/openapi/examples)."""

import json
from typing import Any

from django.conf import settings

FOLDER = settings.BASE_DIR / "docs" / "openapi" / "examples"
JSON = "application/json"


def add_examples(paths: dict[str, Any]) -> None:
    """Put the recorded request and answer beside their schemas, where both are JSON."""
    recorded: dict[str, Any] = {}
    for file in FOLDER.glob("*.json"):
        recorded |= json.loads(file.read_text("utf-8"))
    for path, item in paths.items():
        for method, operation in item.items():
            example = recorded.get(f"{method.upper()} {path}", {})
            sent = operation.get("requestBody", {}).get("content", {})
            if "request" in example and JSON in sent:
                sent[JSON]["example"] = example["request"]
            answered = operation["responses"].get(str(example.get("status")), {}).get("content", {})
            if "answer" in example and JSON in answered:
                answered[JSON]["example"] = example["answer"]

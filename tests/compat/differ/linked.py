"""Specs whose parts depend on each other in every way that a spec knows."""

from typing import Any, Final

Spec = dict[str, Any]
_JSON: Final = "application/json"


def ref(pointer: str) -> dict[str, Any]:
    return {"$ref": f"#/{pointer}"}


def schema(name: str) -> dict[str, Any]:
    return ref(f"components/schemas/{name}")


def answer(schema_: Any) -> dict[str, Any]:
    return {"description": "Well.", "content": {_JSON: {"schema": schema_, "example": {"a": 1}}}}


def spec_3() -> Spec:
    """OpenAPI 3.1."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Linked", "version": "1.0.0"},
        "servers": [{"url": "https://a.example/v1"}],
        "security": [{"key": []}],
        "tags": [{"name": "pets"}],
        "paths": _paths(),
        "webhooks": {
            "born": {"post": {"requestBody": _body(schema("Pet")), "responses": {"204": {}}}},
            "gone": {"post": {"requestBody": _body(schema("Far")), "responses": {"204": {}}}},
        },
        "components": {
            "schemas": _schemas(),
            "parameters": {
                "limit": {
                    "name": "limit",
                    "in": "query",
                    "description": "How many.",
                    "schema": {"type": "integer", "minimum": 1, "default": 10},
                },
                "again": ref("components/parameters/limit"),
            },
            "responses": {
                "Failed": {
                    **answer(schema("Problem")),
                    "headers": {"Retry-After": ref("components/headers/Retry")},
                    "links": {"next": ref("components/links/next")},
                }
            },
            "headers": {"Retry": {"schema": {"type": "integer"}}},
            "requestBodies": {"Pet": _body(schema("Pet"))},
            "links": {"next": {"operationId": "listPets", "requestBody": {"description": "x"}}},
            "callbacks": {"paid": {"{$request.body#/url}": {"post": {"responses": {"200": {}}}}}},
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                "open": {
                    "type": "oauth2",
                    "flows": {"implicit": {"authorizationUrl": "https://a", "scopes": {"r": "R"}}},
                },
            },
        },
    }


def _body(schema_: Any) -> dict[str, Any]:
    return {"required": True, "content": {_JSON: {"schema": schema_}}}


def _paths() -> Spec:
    failed = ref("components/responses/Failed")
    return {
        "/pets": {
            "parameters": [ref("components/parameters/limit")],
            "get": {
                "operationId": "listPets",
                "summary": "All of them.",
                "externalDocs": {"url": "https://a/1"},
                "tags": ["pets"],
                "responses": {
                    "200": answer({"type": "array", "items": schema("Pet")}),
                    "4XX": failed,
                },
            },
            "post": {
                "requestBody": ref("components/requestBodies/Pet"),
                "security": [{"open": ["r"]}],
                "responses": {"201": answer(schema("Pet")), "default": failed},
                "callbacks": {
                    "paid": ref("components/callbacks/paid"),
                    "sold": {"{$url}": {"put": {"responses": {"200": answer(schema("Tree"))}}}},
                },
            },
        },
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": schema("Id")}],
            "get": {
                "security": [],
                "parameters": [
                    {"name": "as", "in": "query", "content": {_JSON: {"schema": schema("Kind")}}}
                ],
                "responses": {"200": answer(ref("paths/~1pets/get/responses/200"))},
            },
            "delete": {"deprecated": True, "responses": {"204": {"description": "Gone."}}},
        },
        "/trees": {
            "put": {
                "requestBody": _body(schema("Tree")),
                "responses": {"200": answer(schema("Alias"))},
            }
        },
        "/ends": {
            "get": {"deprecated": True, "x-sunset": "soon", "responses": {"200": {}}},
            "put": {"x-stability-level": "firm", "responses": {"200": {}}},
        },
        "/places/{a}": {"get": {"responses": {"200": answer(schema("Ending"))}}},
        "/places/{b}": {"put": {"responses": {"200": answer(schema("Loop"))}}},
        "/hosts": {"servers": [{"url": "/v0"}], "get": {"responses": {"200": {}}}},
        "/moved": ref("paths/~1pets~1{id}"),
    }


def _schemas() -> Spec:
    return {
        "Id": {"type": "string", "format": "uuid", "description": "Its number."},
        "Kind": {"type": "string", "enum": ["cat", "dog"], "example": "cat"},
        "Pet": {
            "oneOf": [schema("Cat"), schema("Dog")],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {"cat": "Cat", "dog": "#/components/schemas/Dog"},
            },
        },
        "Animal": {
            "type": "object",
            "required": ["kind"],
            "properties": {
                "kind": schema("Kind"),
                "id": schema("Id"),
                "description": {"type": "string", "description": "A field of this name."},
                "example": {"type": "integer"},
                "examples": {"type": "array", "items": {"type": "number", "multipleOf": 0.5}},
            },
        },
        "Cat": {"allOf": [schema("Animal"), {"type": "object", "properties": {"lives": _LIVES}}]},
        "Dog": {"allOf": [schema("Animal")], "properties": {"friends": _FRIENDS}},
        "Tree": {
            "type": "object",
            "properties": {"left": schema("Tree"), "right": schema("Bush"), "pet": schema("Pet")},
            "additionalProperties": {"type": ["string", "null"], "default": None},
        },
        "Bush": {"type": "object", "properties": {"tree": schema("Tree"), "far": schema("Far")}},
        "Far": {"type": "object", "properties": {"farther": schema("Farther")}},
        "Farther": {"type": "object", "properties": {"farthest": schema("Id")}},
        "Alias": schema("Bush"),
        "Loop": {"anyOf": [schema("Loop"), {"type": "object", "title": "End", "minProperties": 1}]},
        "Ending": {
            "type": "object",
            "properties": {"old": {"type": "string", "deprecated": True, "x-sunset": "soon"}},
        },
        "Problem": {
            "type": "object",
            "properties": {"code": {"type": "integer"}, "rest": {"not": {"type": "null"}}},
            "patternProperties": {"^x-": {"type": "string", "maxLength": 9}},
        },
        "Unused": {"type": "object", "properties": {"a": schema("Id")}},
    }


_LIVES: Final = {"type": "integer", "maximum": 9, "deprecated": True}
_FRIENDS: Final = {"type": "array", "items": schema("Pet"), "minItems": 0}


def spec_2() -> Spec:
    """Swagger 2.0."""
    return {
        "swagger": "2.0",
        "info": {"title": "Linked", "version": "1.0.0"},
        "host": "a.example",
        "basePath": "/v1",
        "schemes": ["https"],
        "consumes": [_JSON],
        "produces": [_JSON],
        "security": [{"key": []}],
        "securityDefinitions": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "basic": {"type": "basic"},
        },
        "paths": _paths_2(),
        "parameters": {
            "limit": {"name": "limit", "in": "query", "type": "integer", "default": 10},
        },
        "responses": {
            "Failed": {
                "description": "Failed.",
                "schema": ref("definitions/Problem"),
                "headers": {"X-Code": {"type": "integer", "description": "Why."}},
            }
        },
        "definitions": {
            "Lamp": {
                "type": "object",
                "required": ["kind"],
                "discriminator": "kind",
                "properties": {
                    "kind": {"type": "string"},
                    "level": {"type": "number", "x-nullable": True},
                    "room": ref("definitions/Room"),
                },
            },
            "Desk": {"allOf": [ref("definitions/Lamp"), {"properties": {"arm": {}}}]},
            "Room": {"type": "object", "properties": {"lamps": _LAMPS}},
            "Problem": {"type": "object", "properties": {"code": {"type": "integer"}}},
        },
    }


def _paths_2() -> Spec:
    return {
        "/lamps": {
            "get": {
                "parameters": [ref("parameters/limit")],
                "responses": {
                    "200": {
                        "description": "All.",
                        "schema": {"type": "array", "items": ref("definitions/Lamp")},
                    },
                    "400": ref("responses/Failed"),
                },
            },
            "post": {
                "consumes": ["text/plain", _JSON],
                "produces": ["text/plain"],
                "security": [{"basic": []}, {}],
                "parameters": [{"name": "lamp", "in": "body", "schema": ref("definitions/Lamp")}],
                "responses": {"201": {"description": "Added."}},
            },
        },
        "/files/{name}": {
            "parameters": [
                {"name": "name", "in": "path", "required": True, "type": "string"},
                {"name": "data", "in": "formData", "type": "file"},
                {
                    "name": "tags",
                    "in": "formData",
                    "type": "array",
                    "items": {"type": "string", "enum": ["a", "b"]},
                    "collectionFormat": "multi",
                },
            ],
            "put": {"responses": {"204": {"description": "Put."}}},
        },
    }


_LAMPS: Final = {"type": "array", "items": ref("definitions/Lamp")}


def placed_2() -> Spec:
    """Swagger 2.0, with operations and a path that name schemes of their own."""
    done: Spec = {"responses": {"204": {"description": "Done."}}}
    return {
        "swagger": "2.0",
        "info": {"title": "Placed", "version": "1.0.0"},
        "host": "a.example",
        "basePath": "/v1",
        "schemes": ["http"],
        "paths": {
            "/a": {"get": {"schemes": ["https"], **done}, "put": done},
            "/b": {"schemes": ["wss"], "get": done},
        },
    }


def placed_3() -> Spec:
    """OpenAPI 3.1, with servers at every level and with callbacks that name security schemes."""
    done: Spec = {"responses": {"204": {"description": "Done."}}}
    wanted: Spec = {"security": [{"key": []}], **done}
    server = {"url": "/{v}", "variables": {"v": {"default": "v1", "enum": ["v1", "v2"]}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Placed", "version": "1.0.0"},
        "servers": [{"url": "https://a.example/v1"}],
        "paths": {
            "/a": {"get": {"servers": [server], **done}, "put": done},
            "/b": {"servers": [{"url": "https://[b"}], "get": done},
            "/c": {"post": {"callbacks": {"c": ref("components/callbacks/C")}, **done}},
            "/d": {"post": {"callbacks": {"d": {"{$url}": {"post": wanted}}}, **done}},
        },
        "webhooks": {"e": {"post": wanted}},
        "components": {
            "callbacks": {"C": {"{$url}": {"post": wanted}}},
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        },
    }

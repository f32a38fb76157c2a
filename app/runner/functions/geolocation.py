"""Where a place is: a geocoder that answers as Nominatim's `reverse` does (GEOCODER_URL)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from app.core.http import OutgoingError
from app.core.services import Services
from app.runner.functions.registry import FunctionFailed, Json, function

#: Member of the result -> members of an address, the first that is there.
_PARTS: Mapping[str, tuple[str, ...]] = {
    "city": ("city", "town", "village", "municipality"),
    "district": ("state_district", "county", "district"),
    "state": ("state",),
    "country": ("country",),
    "postal_code": ("postcode",),
}
_FAR = {"lat": 90.0, "long": 180.0}


@function("geolocation", lat="@results.place.latitude", long="@results.place.longitude")
async def geolocation(services: Services, given: Mapping[str, Any]) -> Json:
    """The address at `lat` and `long`: city, district, state, country, postal_code, address."""
    url = services.config.geocoder_url
    if not url:
        raise FunctionFailed("this installation knows no places: GEOCODER_URL is not set")
    query = {"lat": _degrees(given, "lat"), "lon": _degrees(given, "long"), "format": "jsonv2"}
    mark = "&" if "?" in url else "?"
    try:
        answer = await services.http.request("GET", f"{url}{mark}{urlencode(query)}")
    except OutgoingError as fault:
        raise FunctionFailed(f"the geocoder: {fault}") from fault
    found = answer.json
    if answer.status != 200 or not isinstance(found, dict):
        raise FunctionFailed(f"the geocoder answered {answer.status}")
    parts = found.get("address")
    if not isinstance(parts, dict):
        raise FunctionFailed("the geocoder knows no address there")
    named = {
        name: next((str(parts[key]) for key in keys if parts.get(key)), "")
        for name, keys in _PARTS.items()
    }
    return {"success": True, "address": str(found.get("display_name") or ""), **named}


def _degrees(given: Mapping[str, Any], name: str) -> float:
    try:
        degrees = float(str(given.get(name)))
    except ValueError as fault:
        raise FunctionFailed(f"{name} is no number") from fault
    if not -_FAR[name] <= degrees <= _FAR[name]:  # also for NaN
        raise FunctionFailed(f"{name} is no place on Earth")
    return degrees

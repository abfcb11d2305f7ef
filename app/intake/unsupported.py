"""Keys of other services that change what is traded: ignoring one would trade something else than was meant."""

from app.intake.plain import SYNONYMS

_TRADERSPOST = "sentiment quantitytype signalprice limitprice cancel delay optiontype strikeprice expiration intent"
_THREE_COMMAS = "currencytype maxlag triggerprice tvinstrument botuuid strategyinfo order"
_WUNDERTRADING = "code amountpertradetype amountpertrade leverage placeconditionalorder movetobreakeven dca"
_OKX = "marketpositionsize signaltoken investmenttype instrument lever tdmode"
_OF_SIZE = (
    "notional cost lots units percent percentage qtypct qtypercent qtytype quantitypct quantitypercent quoteqty"
    " quoteamount quoteorderqty dollaramount cashamount riskamount riskdollaramount risk riskpercent"
)
_OF_PLACE = "account accountid"
_OF_KIND = (
    "limit stop tp sl tpprice slprice tppercent slpercent position positionside targetposition closeposition margin"
    " marginmode margintype orders legs activationprice callbackrate"
)
_KEYS = frozenset(f"{_TRADERSPOST} {_THREE_COMMAS} {_WUNDERTRADING} {_OKX} {_OF_SIZE} {_OF_PLACE} {_OF_KIND}".split())
_BEGINNINGS = ("takeprofit", "stoploss", "trail")
_HIDDEN = "signaltoken"


def _squashed(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "").replace(" ", "")


_NEARLY_OURS = {_squashed(name): name for name in SYNONYMS}


def objection(key: str) -> str | None:
    """Why an alert with this key, which is none of our names, must be refused; None where the key may be ignored."""
    squashed = _squashed(key)
    if squashed in _NEARLY_OURS:
        return f"is not supported yet in this spelling; write {_NEARLY_OURS[squashed]} if that is meant"
    if squashed in _KEYS or squashed.startswith(_BEGINNINGS):
        return "is not supported yet"
    return None


def is_hidden(key: str) -> bool:
    """True for a key whose value is a secret of its service."""
    return _squashed(key) == _HIDDEN

"""People: who has a key of his own to sign commands and approvals with, and what he is here."""

import enum

import msgspec


class Role(enum.StrEnum):
    """What somebody is to the house; what each may do stands in `access.MAY`."""

    CUSTOMER = "customer"
    SUPPORT = "support"
    OPERATOR = "operator"
    AUDITOR = "auditor"


class Person(msgspec.Struct, frozen=True):
    """Somebody who was enrolled, with his Ed25519 key (base64); `customer` is whose accounts a
    customer's person sees, and is empty for all others."""

    name: str
    role: Role
    public_key: str
    customer: str = ""

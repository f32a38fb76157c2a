"""What a password must be. Length counts; classes of characters do not (NIST SP 800-63B 5.1.1)."""

from __future__ import annotations

from app.core.errors import Invalid

MIN_CHARS = 8
#: Argon2 reads all of it, so there is an end.
MAX_CHARS = 200
#: The passwords of eight and more characters that guessers try first.
COMMON = frozenset(
    "password password1 password12 password123 passw0rd p@ssw0rd 12345678 123456789 1234567890 "
    "11111111 00000000 87654321 987654321 12341234 11223344 qwertyui qwertyuiop qwerty123 "
    "1q2w3e4r 1qaz2wsx abcd1234 abc12345 abcdefgh iloveyou sunshine princess football baseball "
    "superman trustno1 welcome1 welcome123 admin123 administrator india123 india@123 "
    "letmein1 changeme whatever computer internet secret123 samvad123".split()  # noqa: SIM905
)


def check_password(password: object, *, phone: str = "") -> str:
    """The password. Raises Invalid("password") for one that is short, common or the phone."""
    if not isinstance(password, str) or not password:
        raise Invalid("password", "can't be blank")
    if len(password) < MIN_CHARS:
        raise Invalid("password", f"should be at least {MIN_CHARS} characters")
    if len(password) > MAX_CHARS:
        raise Invalid("password", f"should be at most {MAX_CHARS} characters")
    if password.lower() in COMMON or password == phone:
        raise Invalid("password", "is too easy to guess")
    return password

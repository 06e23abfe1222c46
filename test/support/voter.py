"""The voter's side of a secret ballot (RFC 9474, RSABSSA-SHA384-PSS-Deterministic), as a browser does it."""
import hashlib
import math
import secrets
from dataclasses import dataclass

HASH, SALT = hashlib.sha384, 48


def mgf1(seed: bytes, length: int) -> bytes:
    return b"".join(HASH(seed + n.to_bytes(4, "big")).digest() for n in range(length // 48 + 1))[:length]


def encode(message: bytes, bits: int) -> int:
    length, salt = (bits + 7) // 8, secrets.token_bytes(SALT)
    hashed = HASH(bytes(8) + HASH(message).digest() + salt).digest()
    block = bytes(length - SALT - 48 - 2) + b"\x01" + salt
    masked = bytearray(a ^ b for a, b in zip(block, mgf1(hashed, len(block)), strict=True))
    masked[0] &= 0xFF >> (8 * length - bits)
    return int.from_bytes(bytes(masked) + hashed + b"\xbc", "big")


@dataclass
class Token:
    """32 random bytes, and what it takes to make a signature of what was signed blindly."""

    n: int
    e: int
    token: bytes
    blinded: str
    inverse: int

    @classmethod
    def make(cls, n: int, e: int) -> "Token":
        token, r = secrets.token_bytes(32), 0
        while math.gcd(r, n) != 1:
            r = secrets.randbelow(n)
        blinded = encode(token, n.bit_length() - 1) * pow(r, e, n) % n
        return cls(n, e, token, f"{blinded:0{(n.bit_length() + 7) // 8 * 2}x}", pow(r, -1, n))

    def finish(self, signature: str) -> str:
        return f"{int(signature, 16) * self.inverse % self.n:0{len(self.blinded)}x}"

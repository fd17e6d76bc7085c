"""The envelope: SHA-1 over the sorted words says who sent it, AES-256-CBC keeps it shut.

Inside: 16 random bytes, the length of the message in four bytes (network order), the message, and whom it is for;
padded to blocks of 32 bytes as PKCS#7 says. The key is the console's EncodingAESKey, its first half the first vector.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from hashlib import sha1
from hmac import compare_digest
from os import urandom

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from huhang.channels.rules.wire import Forged, Unreadable

BLOCK, NOISE, LENGTH, KEY = 32, 16, 4, 32


def signature(*words: str) -> str:
    """What the vendor signs with; the secret token is one of the words."""
    told = "".join(sorted(words)).encode(errors="surrogatepass")
    return sha1(told, usedforsecurity=False).hexdigest()  # the protocol's choice, not ours


def is_signed(claimed: str, *words: str) -> bool:
    """Is this the signature of these words? Takes as long for a near miss as for a far one."""
    return compare_digest(claimed.encode(errors="surrogatepass"), signature(*words).encode())


class Envelope:
    """Opens and seals for one receiver: an official account's AppID, or an enterprise's CorpID."""

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        self._token, self._aes_key, self._receiver = token, aes_key, receiver.encode()

    def open(self, sealed: str, *, signature: str, timestamp: str, nonce: str) -> bytes:
        """The message inside. Forged unless it is signed with our token and meant for us; then perhaps Unreadable."""
        if not self._token or not is_signed(signature, self._token, timestamp, nonce, sealed):
            raise Forged("msg_signature")
        content = _without_padding(self._decrypted(sealed))
        size = int.from_bytes(content[NOISE : NOISE + LENGTH])
        message, receiver = content[NOISE + LENGTH :][:size], content[NOISE + LENGTH + size :]
        if len(message) != size:
            raise Unreadable("the envelope is shorter than it says")
        # Whoever knows our token but not our account has sealed it for another one.
        if not compare_digest(receiver, self._receiver):
            raise Forged("receiver")
        return message

    def seal(self, message: bytes, *, timestamp: str, nonce: str, noise: bytes = b"") -> tuple[str, str]:
        """The sealed message and its signature. `noise` is drawn at random unless a test wants to know it."""
        inside = (noise or urandom(NOISE)) + len(message).to_bytes(LENGTH) + message + self._receiver
        missing = BLOCK - len(inside) % BLOCK
        pen = self._cipher().encryptor()
        sealed = b64encode(pen.update(inside + bytes([missing]) * missing) + pen.finalize()).decode()
        return sealed, signature(self._token, timestamp, nonce, sealed)

    def _decrypted(self, sealed: str) -> bytes:
        try:
            secret = b64decode(sealed, validate=True)
        except (NotBase64, ValueError) as error:
            raise Unreadable("Encrypt is not base64") from error
        if not secret or len(secret) % NOISE:
            raise Unreadable("Encrypt is not in whole blocks")
        reader = self._cipher().decryptor()
        return reader.update(secret) + reader.finalize()

    def _cipher(self) -> Cipher[modes.CBC]:
        key = _key(self._aes_key)
        return Cipher(algorithms.AES(key), modes.CBC(key[:NOISE]))


def _key(aes_key: str) -> bytes:
    try:
        key = b64decode(aes_key + "=")
    except (NotBase64, ValueError) as error:
        raise Unreadable("EncodingAESKey is not base64") from error
    if len(key) != KEY:
        raise Unreadable("EncodingAESKey must have 43 characters")
    return key


def _without_padding(content: bytes) -> bytes:
    size = content[-1]
    if not 1 <= size <= BLOCK or content[-size:] != bytes([size]) * size:
        raise Unreadable("the padding is wrong: another EncodingAESKey?")
    return content[:-size]

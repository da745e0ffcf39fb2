"""From a JWT to what it says: the keys, the signature, the times, who it is for and from.

`jwt_gate` asks for each request; PyJWT is imported when keys are read. No token and no key is ever part of an error or
of the log. Mirrors `JWTValidator` of `agno.os.middleware.jwt`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wherry.core.errors import ConfigurationError, require
from wherry.core.log import log_warning

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Longer than this no token of an identity provider is.
LONGEST = 32 * 1024
_NO_SOURCE = (
    "Pass verification_keys or jwks_file, or set JWT_VERIFICATION_KEY or JWT_JWKS_FILE; validate=False believes every "
    "token, which is right only behind a gateway that checks them."
)


def configured() -> bool:
    """Whether the environment names a key."""
    return bool(os.environ.get("JWT_VERIFICATION_KEY") or os.environ.get("JWT_JWKS_FILE"))


class JWTValidator:
    """Checks tokens.

    Args:
        verification_keys: Public keys as PEM, or shared secrets for HS256, HS384 and HS512; each is tried.
            `JWT_VERIFICATION_KEY` is one more.
        jwks_file: File with a JSON Web Key Set; tokens name their key by `kid`. Otherwise `JWT_JWKS_FILE`.
        algorithm: The only one that is accepted, whatever a token says of itself.
        validate: Whether signatures and times are checked.
        scopes_claim, user_id_claim, session_id_claim, audience_claim, issuer_claim: What claims are called.
        issuer: Who has to have made a token; by default anybody who has the key.
        leeway: Seconds by which clocks may differ.
        required_claims: Claims that every token has to have, for example `exp`; Agno's has no such parameter.

    Raises:
        ConfigurationError: (a ValueError) There is no key, one cannot be used with the algorithm, or there is no such
            algorithm.
        MissingPackage: PyJWT is not installed.
    """

    def __init__(
        self,
        verification_keys: Sequence[str] | None = None,
        jwks_file: str | None = None,
        algorithm: str = "RS256",
        validate: bool = True,
        scopes_claim: str = "scopes",
        user_id_claim: str = "sub",
        session_id_claim: str = "session_id",
        audience_claim: str = "aud",
        issuer: str | None = None,
        issuer_claim: str = "iss",
        leeway: int = 10,
        required_claims: Sequence[str] = (),
    ) -> None:
        require("jwt", "jwt", "Checking JWTs")
        self.algorithm, self.validate, self.leeway = algorithm, validate, leeway
        self.scopes_claim, self.user_id_claim, self.session_id_claim = scopes_claim, user_id_claim, session_id_claim
        self.audience_claim, self.issuer, self.issuer_claim = audience_claim, issuer, issuer_claim
        self._required = list(required_claims)
        self._named: dict[str, Any] = {}
        self._keys: list[Any] = []
        if not validate:
            return
        kind = algorithm_of(algorithm)
        for number, key in enumerate(verification_keys or (), 1):
            self._keys.append(prepared(kind, algorithm, key, f"verification_keys[{number - 1}]"))
        told = os.environ.get("JWT_VERIFICATION_KEY", "")
        if told and told not in (verification_keys or ()):
            self._from_environment(kind, told)
        file = jwks_file or os.environ.get("JWT_JWKS_FILE", "")
        if file:
            self._read(file)
        if not (self._keys or self._named or told):
            raise ConfigurationError("JWTs are to be checked, and there is no key to check them by.", hint=_NO_SOURCE)

    def __repr__(self) -> str:
        return f"JWTValidator(algorithm={self.algorithm!r}, validate={self.validate!r})"

    def asks_for(self, other: JWTValidator) -> bool:
        """Whether a token that it takes is one that another takes, too."""
        told = [(one.algorithm, one._keys, one._named, one.audience_claim, one.issuer_claim) for one in (self, other)]  # noqa: SLF001
        return told[0] == told[1] and other.issuer in (None, self.issuer) and {*other._required} <= {*self._required}

    def _from_environment(self, kind: Any, told: str) -> None:
        """A key that was not asked for by name may be of another algorithm; then it opens nothing."""
        try:
            self._keys.append(prepared(kind, self.algorithm, told, "JWT_VERIFICATION_KEY"))
        except ConfigurationError as error:
            log_warning("%s It is not used.", error.message)

    def _read(self, file: str) -> None:
        """The keys of a JSON Web Key Set; those that cannot be used are told and left out."""
        import jwt

        try:
            keys = json.loads(Path(file).read_text(encoding="utf-8"))["keys"]
            given = [dict(key) for key in keys]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ConfigurationError(
                f"The JSON Web Key Set {file!r} cannot be read: {type(error).__name__}.",
                hint="It is a file with an object whose 'keys' are a list of objects.",
            ) from None
        for number, key in enumerate(given):
            name = key.get("kid")
            try:
                found = jwt.PyJWK.from_dict(key)
            except Exception as error:  # noqa: BLE001 - whatever a library says of a key that it does not know
                log_warning("Key %d of %r cannot be used: %s.", number, file, type(error).__name__)
                continue
            if name:
                self._named[str(name)] = found.key
            else:
                self._keys.append(found.key)
        if not (self._named or self._keys):
            raise ConfigurationError(f"The JSON Web Key Set {file!r} has no key that can be used.", hint=_NO_SOURCE)

    def validate_token(self, token: str, expected_audience: str | Iterable[str] | None = None) -> dict[str, Any]:
        """What a token says.

        Args:
            token: The token.
            expected_audience: Whom it has to be for; by default anybody.

        Raises:
            jwt.InvalidTokenError: It is none, is not signed by a known key, is not valid now, or is from or for
                somebody else; `ExpiredSignatureError` and `InvalidAudienceError` among them.
        """
        import jwt

        if len(token) > LONGEST:
            raise jwt.InvalidTokenError(f"Longer than {LONGEST} characters")
        claims = self._verified(token) if self.validate else self._read_only(token)
        if self.validate and expected_audience:
            self._meant_for(claims, expected_audience)
        if self.validate and self.issuer:
            said = self._claim(claims, self.issuer_claim, "Issuer")
            if said != self.issuer:
                raise jwt.InvalidIssuerError(f"Invalid issuer. Expected: {self.issuer}, got: {said}")
        return claims

    def _read_only(self, token: str) -> dict[str, Any]:
        import jwt

        return jwt.decode(token, options={"verify_signature": False})

    def _verified(self, token: str) -> dict[str, Any]:
        """Try each key that may have signed; the last refusal is the one that is told."""
        import jwt

        last: Exception = jwt.InvalidTokenError("No verification keys configured")
        for key in self._candidates(token):
            try:
                # The audience is checked below: several may be expected, and its claim may have another name.
                found: dict[str, Any] = jwt.decode(
                    token,
                    key,
                    algorithms=[self.algorithm],
                    leeway=self.leeway,
                    options={"verify_aud": False, "verify_iss": False, "require": self._required},
                )
            except jwt.ExpiredSignatureError:
                raise
            except jwt.InvalidTokenError as error:
                last = error
            except (jwt.PyJWTError, TypeError, ValueError, OverflowError) as error:
                last = jwt.InvalidTokenError(f"It cannot be checked ({type(error).__name__})")
            else:
                return found
        raise last

    def _candidates(self, token: str) -> list[Any]:
        if not self._named:
            return self._keys
        import jwt

        name = jwt.get_unverified_header(token).get("kid")
        named = self._named.get(name) if isinstance(name, str) else None
        return [*([named] if named is not None else []), *self._keys]

    def _meant_for(self, claims: dict[str, Any], expected: str | Iterable[str]) -> None:
        import jwt

        said = self._claim(claims, self.audience_claim, "Audience")
        wanted = [expected] if isinstance(expected, str) else list(expected)
        if not any(one in wanted for one in (said if isinstance(said, list) else [said])):
            raise jwt.InvalidAudienceError("The token is for somebody else")

    def _claim(self, claims: dict[str, Any], name: str, what: str) -> Any:
        import jwt

        if claims.get(name) is None:
            said = f'Token is missing the "{name}" claim. {what} verification requires this claim to be present in the '
            raise jwt.InvalidTokenError(f"{said}token.")
        return claims[name]

    def extract_claims(self, payload: dict[str, Any]) -> dict[str, Any]:
        """User, session, scopes and audience of what a token says."""
        return {
            "user_id": payload.get(self.user_id_claim),
            "session_id": payload.get(self.session_id_claim),
            "scopes": scopes_in(payload.get(self.scopes_claim)),
            "audience": payload.get(self.audience_claim),
        }


def scopes_in(claim: Any) -> list[str]:
    """The scopes of a claim; one text is one scope, whatever it has in it."""
    if isinstance(claim, str):
        return [claim]
    return [one for one in claim if isinstance(one, str)] if isinstance(claim, list) else []


def algorithm_of(name: str) -> Any:
    """How an algorithm checks signatures.

    Raises:
        ConfigurationError: There is none of that name, or it checks nothing.
    """
    from jwt.algorithms import get_default_algorithms

    known = {one: kind for one, kind in get_default_algorithms().items() if one != "none"}
    if name not in known:
        raise ConfigurationError(
            f"JWTs cannot be checked by the algorithm {name!r}.",
            hint=f"Use one of {', '.join(sorted(known))}; all but HS… come with pip install 'wherry[jwt]'.",
        )
    return known[name]


def prepared(kind: Any, algorithm: str, key: Any, named: str) -> Any:
    """A key as the algorithm wants it; the key itself is never told.

    Raises:
        ConfigurationError: It is none of that algorithm's.
    """
    if isinstance(key, (str, bytes)) and key.strip():
        try:
            return kind.prepare_key(key)
        except Exception:  # noqa: BLE001, S110 - whatever a library says of it may have the key in it
            pass
    wanted = "a secret that is no public key" if algorithm.startswith("HS") else "a public key as PEM"
    raise ConfigurationError(
        f"{named} cannot be used with {algorithm}.", hint=f"It takes {wanted}; set algorithm= to that of the key."
    )

"""Whatever happens to an account, in any order: no credential works that is dead, and none dies that should live."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import jwt
import pytest
from bunmart.user.v1.user_pb2 import CheckAccessRequest
from bunmart_chassis.errors import UnauthenticatedError
from bunmart_chassis.identity import AccessGuard, Principal
from bunmart_user.service import Users
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.services.user.conftest import Desk
from tests.support.effort import effort

pytestmark = pytest.mark.usefixtures("cheap_hashes")
EXAMPLES = effort(30)
PASSWORDS = ["correct horse", "battery staple", "yet another one", "zufällige wörter"]
ROLES = [["customer"], ["customer", "kitchen"], ["driver"], ["kitchen", "customer"]]
NUMBER = st.integers(0, 50)
STEPS = st.one_of(
    st.tuples(st.just("log in"), st.just(0)),
    st.tuples(st.just("log in with another password"), NUMBER),
    st.tuples(st.just("refresh"), NUMBER),
    st.tuples(st.just("refresh"), NUMBER),
    st.tuples(st.just("refresh the newest"), st.just(0)),
    st.tuples(st.just("let the grace pass"), st.just(0)),
    st.tuples(st.just("let tokens expire"), NUMBER),
    st.tuples(st.just("change the password"), NUMBER),
    st.tuples(st.just("ask for a reset"), st.just(0)),
    st.tuples(st.just("let the reset expire"), st.just(0)),
    st.tuples(st.just("reset the password"), NUMBER),
    st.tuples(st.just("set roles"), NUMBER),
    st.tuples(st.just("deactivate"), st.just(0)),
    st.tuples(st.just("activate"), st.just(0)),
    st.tuples(st.just("activate"), st.just(0)),
    st.tuples(st.just("log out"), NUMBER),
    st.tuples(st.just("end a session"), NUMBER),
    st.tuples(st.just("end other sessions"), NUMBER),
    st.tuples(st.just("clean up"), st.just(0)),
)
Step = tuple[str, int]


@dataclass
class Refresh:
    """A refresh token as the table of docs/security.md says it is."""

    token: str
    session: str
    used: bool = False
    in_grace: bool = False
    expired: bool = False
    successor: "Refresh | None" = None


@dataclass
class Story:
    """One account, and what is known of its credentials."""

    desk: Desk
    email: str
    user_id: UUID
    password: str = PASSWORDS[0]
    active: bool = True
    erased: bool = False
    version: int = 1
    roles: frozenset[str] = frozenset({"customer"})
    living: set[str] = field(default_factory=set)
    refreshes: list[Refresh] = field(default_factory=list)
    accesses: list[tuple[str, str, int]] = field(default_factory=list)
    links: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The account over REST."""
        return f"/api/users/{self.user_id}"

    async def play(self, step: Step) -> None:
        """Do one thing and compare its answer with what the table says."""
        name, number = step
        await self.desk.database.execute("DELETE FROM attempts")
        await getattr(self, name.replace(" ", "_"))(number)
        await self.check()

    def take(self, grant: dict[str, Any]) -> Refresh:
        """Note the tokens that somebody got."""
        assert set(grant["roles"]) == self.roles
        known = [each for each in self.refreshes if each.token == grant["refresh_token"]]
        token = known[0] if known else Refresh(grant["refresh_token"], grant["session_id"])
        if not known:
            self.refreshes.append(token)
        self.accesses.append((grant["access_token"], grant["session_id"], self.version))
        return token

    def change_credentials(self) -> None:
        """Whatever was proved before proves nothing any more."""
        self.version += 1
        self.links = [(token, False) for token, _ in self.links]

    async def log_in(self, _: int = 0) -> None:
        response = await self.desk.log_in(self.email, self.password)
        assert response.status_code == (200 if self.active else 401)
        if self.active:
            token = self.take(response.json())
            assert token.session not in self.living
            self.living.add(token.session)

    async def log_in_with_another_password(self, number: int) -> None:
        others = [each for each in PASSWORDS if each != self.password]
        response = await self.desk.log_in(self.email, others[number % len(others)])
        assert response.status_code == 401

    async def refresh(self, number: int) -> None:
        if self.refreshes:
            await self.present(self.refreshes[number % len(self.refreshes)])

    async def refresh_the_newest(self, _: int) -> None:
        if self.refreshes:
            await self.present(self.refreshes[-1])

    async def present(self, token: Refresh) -> None:
        """Exchange a token, and expect what the table says."""
        response = await self.desk.refresh(token.token)
        if not self.active or token.session not in self.living:
            assert response.status_code == 401
            return
        if token.used and not token.in_grace:
            assert response.status_code == 401
            assert response.json()["code"] == "REFRESH_TOKEN_REUSED"
            self.living.discard(token.session)
            return
        newest = token
        while newest.successor is not None:
            newest = newest.successor
        if newest.expired:
            assert response.status_code == 401
            return
        assert response.status_code == 200, response.text
        given = self.take(response.json())
        if newest is token:
            assert given not in (token, *[each for each in self.refreshes if each.used])
            token.used, token.in_grace, token.successor = True, True, given
        else:
            assert given is newest

    async def let_the_grace_pass(self, _: int) -> None:
        await self.desk.end_grace()
        for each in self.refreshes:
            each.in_grace = False

    async def let_tokens_expire(self, number: int) -> None:
        if self.refreshes:
            session = self.refreshes[number % len(self.refreshes)].session
            await self.desk.database.execute(
                "UPDATE refresh_tokens SET expires_at = now() - interval '1 second' WHERE family::text = $1",
                session,
            )
            for each in self.refreshes:
                each.expired = each.expired or each.session == session

    async def change_the_password(self, number: int) -> None:
        new = PASSWORDS[number % len(PASSWORDS)]
        response = await self.desk.change_password(self.user_id, self.password, new)
        assert response.status_code == (204 if self.active else 409)
        if self.active:
            self.set_password(new)

    def set_password(self, new: str) -> None:
        """A new password ends all sessions and everything older."""
        self.password = new
        self.living.clear()
        self.change_credentials()

    async def ask_for_a_reset(self, _: int) -> None:
        await self.desk.database.execute("UPDATE password_resets SET sent_at = now() - interval '1 hour'")
        before = len(self.desk.reset_links())
        await self.desk.ask_for_reset(self.email)
        sent = self.desk.reset_links()[before:]
        assert len(sent) == (1 if self.active else 0)
        if sent:
            self.links = [(token, False) for token, _ in self.links] + [(sent[0], True)]

    async def let_the_reset_expire(self, _: int) -> None:
        await self.desk.database.execute(
            "UPDATE password_resets SET expires_at = now() - interval '1 second'"
        )
        self.links = [(token, False) for token, _ in self.links]

    async def reset_the_password(self, number: int) -> None:
        if self.links:
            token, good = self.links[number % len(self.links)]
            new = PASSWORDS[number % len(PASSWORDS)]
            status = await self.desk.confirm_reset(token, new)
            assert status == (204 if good and self.active else 400)
            if status == 204:
                self.set_password(new)

    async def set_roles(self, number: int) -> None:
        roles = ROLES[number % len(ROLES)]
        await self.put({"roles": roles})
        if frozenset(roles) != self.roles:
            self.roles = frozenset(roles)
            self.change_credentials()

    async def deactivate(self, _: int) -> None:
        await self.put({"active": False})
        if self.active:
            self.active = False
            self.living.clear()
            self.change_credentials()

    async def activate(self, _: int) -> None:
        await self.put({"active": True})
        self.active = True

    async def put(self, change: dict[str, Any]) -> None:
        """An admin changes the account."""
        answer = await self.desk.http.put(self.path, json=change, headers=self.desk.admin)
        assert answer.status_code == 200, answer.text

    async def log_out(self, number: int) -> None:
        if self.refreshes:
            token = self.refreshes[number % len(self.refreshes)]
            body = {"refresh_token": token.token}
            assert (await self.desk.http.post("/api/auth/logout", json=body)).status_code == 204
            self.living.discard(token.session)

    async def end_a_session(self, number: int) -> None:
        if self.refreshes:
            session = self.refreshes[number % len(self.refreshes)].session
            answer = await self.desk.http.delete(
                f"{self.path}/sessions/{session}", headers=self.desk.auth(self.user_id)
            )
            assert answer.status_code == 204
            self.living.discard(session)

    async def end_other_sessions(self, number: int) -> None:
        if self.refreshes:
            kept = self.refreshes[number % len(self.refreshes)].session
            mine = self.desk.tokens.token("customer", self.user_id, sid=kept)
            answer = await self.desk.http.delete(
                f"{self.path}/sessions", headers={"authorization": f"Bearer {mine}"}
            )
            assert answer.status_code == 204
            self.living &= {kept}

    async def clean_up(self, _: int) -> None:
        users = self.desk.service.use_cases(Users)
        await users.forget_successors()
        await users.delete_expired()
        self.refreshes = [each for each in self.refreshes if not each.expired]

    async def erase(self) -> None:
        """The account is deleted: nothing works any more, and the address is free."""
        answer = await self.desk.http.delete(self.path, headers=self.desk.auth(self.user_id))
        assert answer.status_code == 204
        self.active, self.erased = False, True
        self.living.clear()
        self.change_credentials()

    async def check(self) -> None:
        """Compare the access tokens: they hold as long as session, version and account do."""
        users = self.desk.service.use_cases(Users)
        guard = AccessGuard(users)
        await guard.learn()
        for token, session, version in self.accesses:
            holds = self.active and session in self.living and version == self.version
            request = CheckAccessRequest(
                user_id=str(self.user_id), session_id=session, credentials_version=version
            )
            assert (await self.desk.stub.CheckAccess(request)).active == holds, (session, version)
            claims = jwt.decode(token, options={"verify_signature": False})
            assert (claims["sid"], claims["cv"]) == (session, version)
            principal = Principal(self.user_id, frozenset(claims["roles"]), UUID(session), version)
            assert await _admits(guard, principal) == holds, (session, version)

    async def end(self) -> None:
        """Try everything that is left: what should live works, then it is erased, and nothing does."""
        living = {each.session: each for each in self.refreshes if not each.used and not each.expired}
        for each in living.values():
            await self.present(each)
        await self.play(("let the grace pass", 0))
        for each in [each for each in self.refreshes if each.used][:2]:
            await self.present(each)
        await self.play(("log in", 0))
        await self.erase()
        await self.check()
        for each in self.refreshes:
            await self.present(each)
        for token, _ in self.links:
            assert await self.desk.confirm_reset(token, PASSWORDS[0]) == 400
        await self.play(("log in", 0))


async def _admits(guard: AccessGuard, principal: Principal) -> bool:
    try:
        await guard.admit(principal, changes=False)
    except UnauthenticatedError:
        return False
    return True


def draw_stories() -> list[list[Step]]:
    """Draw stories before any is played: hypothesis refuses that others use random numbers while it draws."""
    stories: list[list[Step]] = []

    @settings(max_examples=EXAMPLES, phases=[Phase.generate], database=None)
    @given(st.lists(STEPS, min_size=4, max_size=20))
    def draw(steps: list[Step]) -> None:
        stories.append([("log in", 0), *steps])

    draw()
    return stories


@pytest.mark.parametrize("part", range(4))
async def test_any_story_keeps_the_table_of_credentials(desk: Desk, part: int) -> None:
    for number, steps in enumerate(draw_stories()):
        email = f"user{number}@example.org"
        story = Story(desk, email, await desk.user(email))
        await desk.service.settle()
        try:
            for step in steps:
                await story.play(step)
            await story.end()
        except BaseException as failure:
            failure.add_note(f"story: {steps}")
            raise
        await desk.database.execute("DELETE FROM attempts")

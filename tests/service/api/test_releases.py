from tests.service.api.caller import Caller

UPC = "036000291452"


def test_a_release_is_made_once_for_each_upc_and_brought_up_to_date(caller: Caller) -> None:
    first = caller.send("POST", "/v1/releases", {"upc": "0-36000-29145-2", "title": "R", "mood": "calm"})
    assert first.status_code == 201
    body = first.json()
    assert (body["upc"], body["release"]["title"], body["release"]["mood"]) == (UPC, "R", "calm")
    assert body["warnings"] == ["body.mood is not known; it was kept as sent"]
    assert first.headers["Location"] == f"/v1/releases/{body['id']}"
    again = caller.send("POST", "/v1/releases", {"upc": UPC, "title": "Better"}).json()
    assert again["id"] == body["id"]
    assert caller.get(f"/v1/releases/{body['id']}").json()["release"]["title"] == "Better"


def test_a_track_comes_to_its_release_by_upc(caller: Caller) -> None:
    caller.delivered(release={"upc": UPC, "title": "From the track"})
    made = caller.send("POST", "/v1/releases", {"upc": UPC, "title": "R"}).json()
    releases = caller.get("/v1/releases").json()["items"]
    assert [release["id"] for release in releases] == [made["id"]]


def test_the_same_upc_of_two_tenants_is_two_releases(caller: Caller, stranger: Caller) -> None:
    mine = caller.send("POST", "/v1/releases", {"upc": UPC}).json()["id"]
    theirs = stranger.send("POST", "/v1/releases", {"upc": UPC}).json()["id"]
    assert mine != theirs
    assert caller.get(f"/v1/releases/{theirs}").status_code == 404


def test_releases_come_in_pages(caller: Caller) -> None:
    made = [caller.send("POST", "/v1/releases", {"title": str(number)}).json()["id"] for number in range(3)]
    page = caller.get("/v1/releases", limit=2).json()
    rest = caller.get("/v1/releases", limit=2, cursor=page["next_cursor"]).json()
    assert sorted(release["id"] for release in page["items"] + rest["items"]) == sorted(made)
    assert rest["next_cursor"] is None

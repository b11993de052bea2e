import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.spam.findings import count_search_terms, find_words, is_generic_artist
from classifiers.spam.words import PhraseSet


@pytest.mark.parametrize(
    "name",
    [
        "Rain Sleep Sounds",
        "Dog Sleep Music Academy",
        "Calm AI Music 7",
        "White Noise Baby Sleep",
        "Meeresrauschen",
        "Musica Relajante",
        "ホワイトノイズ",
        "Various Artists",
    ],
)
def test_names_that_say_what_the_sound_is_for_are_generic(name):
    assert is_generic_artist(name)


@pytest.mark.parametrize(
    "name",
    [
        "Rain",
        "The Sleep Diaries",
        "Armor For Sleep",
        "Vancouver Sleep Clinic",
        "Bethel Music",
        "Rotten Sound",
        "Sleeping At Last",
        "Plain White T's",
        "The Wiggles",
        "Baby Rose",
        "The Band",
        "",
        "12",
    ],
)
def test_names_of_artists_are_not(name):
    assert not is_generic_artist(name)


@pytest.mark.parametrize(
    "title",
    [
        "Regen zum Einschlafen",
        "Lluvia Relajante para Dormir",
        "Bruit blanc pour le sommeil",
        "Pioggia per dormire",
        "Chuva para dormir",
        "Witte ruis voor slaap",
        "Vitt brus för sömn",
        "Szum deszczu do snu",
        "Шум дождя для сна",
        "Uyku için beyaz gürültü",
        "雨音で眠れる",
        "助眠雨声",
        "빗소리 수면",
        "صوت المطر للنوم",
    ],
)
def test_search_terms_are_found_in_many_languages(title):
    assert count_search_terms(title) >= 2


@pytest.mark.parametrize("title", ["Rain", "Thunderstorm", "Relax", "Angel of Small Death", "Night Bus"])
def test_a_song_title_holds_one_search_term_at_most(title):
    assert count_search_terms(title) <= 1


def test_a_promise_to_cure_needs_a_verb_and_an_ailment():
    assert find_words("528Hz Cure Tinnitus Permanently", "x").medical_claim
    assert find_words("Heilung bei Schmerzen", "x").medical_claim
    assert not find_words("Heal the World", "x").medical_claim
    assert not find_words("Migraine", "x").medical_claim


def test_covers_that_say_so_are_marked():
    assert find_words("HUMBLE (Karaoke Version)", "x").tribute_marker
    assert not find_words("Undercover", "x").tribute_marker


@given(st.text())
def test_no_text_breaks_the_lists(text):
    found = find_words(text, text)
    assert found.search_terms >= 0


def test_phrases_are_whole_words_where_words_are_set_apart():
    phrases = PhraseSet(["rain", "white noise", "雨音"])
    assert phrases.found_in("White  NOISE and rain") == {"white noise", "rain"}
    assert phrases.found_in("Training, noise, white") == set()
    assert phrases.found_in("静かな雨音です") == {"雨音"}

"""Random input: our own words in any order, plausible commands, noise."""

from hypothesis import strategies as st

from bot.slack.app import build_commands

NAMES = [one.name for one in build_commands()]
GRAMMAR = sorted(
    {word for name in NAMES for word in name.split()}
    | {"for", "to", "from", "after", "first", "last", "cover", "page", "weeks", "month", "now"}
    | {"name", "phone", "zone", "slack", "channel", "notify", "strategy", "sms", "second-day"}
    | {"on", "off", "daily", "weekly", "six", "weekend", "circular", "round_robin", "default"}
)
MENTIONS = [
    "@alice", "@bob", "@greg", "@nobody", "<@U0000NOBODY>", "<@U1|x>", "<!here>", "<#C1|payments>",
    "#payments", "#support", "Carol", '"Dave"', "team:Support", "team:none", 'team:"a b"', "team:",
]  # fmt: skip
DATES = [
    "tomorrow", "today", "yesterday", "friday", "fri", "2026-12-24", "2026-02-30", "24.12.", "12/1",
    "dec", "december", "24 dec", "14:00", "25:00", "6pm", "2pm", "08:00", "3", "hours", "90min",
    "now", "in", "next", "week", "2 weeks", "22:00-06:00", "mon-fri",
]  # fmt: skip
NUMBERS = ["0", "1", "2", "7", "12", "17", "104", "105", "-1", "1.5", "٣", "9" * 30]
PHONES = ["+13125550111", "+13125550101", "3125550111", "<tel:+13125550112|x>", "+1", "+49151"]
words = st.one_of(
    st.sampled_from(GRAMMAR),
    st.sampled_from(MENTIONS),
    st.sampled_from(DATES),
    st.sampled_from(NUMBERS),
    st.sampled_from(PHONES),
    st.text(max_size=12),
    st.sampled_from(['"', "“", "”", "‘", "\u00a0", "–", "`", "*", "<", ">", "&amp;", "🎉", "שרה"]),
)
people = st.sampled_from(["@alice", "@bob", "@carol", "@dave", "@eve", "@fran", "@greg", "Carol"])
days = st.sampled_from(["tomorrow", "friday", "saturday", "2026-12-24", "friday to sunday", "now"])
numbers = st.integers(1, 9)
hours = st.sampled_from(["14:00 to 18:00", "for 3 hours", "22:00-06:00", "", "for lunch"])
# Valid commands, so that changes are made and later ones depend on them.
meant = st.one_of(
    st.builds("override {} {} {}".format, people, days, hours),
    st.builds("take {} {}".format, days, hours),
    st.builds("swap {} {} for {}".format, people, days, days),
    st.builds("override cancel {}".format, numbers),
    st.builds("override edit {} {} {}".format, numbers, days, hours),
    st.builds("members remove {} cover {}".format, people, people),
    st.builds("members remove {} from {}".format, people, days),
    st.builds("members activate {}".format, people),
    st.builds("members move {} after {}".format, people, people),
    st.builds("members add <@{}> +1312555{:04}".format, st.sampled_from(["U1", "U2"]), numbers),
    st.builds("members edit {} phone +131255502{:02}".format, people, numbers),
    st.builds("shifts add {} friday {}h 08:00".format, numbers, numbers),
    st.builds("shifts edit {} monday {}h 09:00".format, numbers, numbers),
    st.builds("shifts remove {}".format, numbers),
    st.builds("shifts pattern {}".format, st.sampled_from(["daily", "six", "weekly", "weekend"])),
    st.builds("settings zone {}".format, st.sampled_from(["Europe/Berlin", "America/Chicago"])),
    st.builds("settings notify {}".format, st.sampled_from(["07:30", "8am", "9"])),
    st.builds("generate {}".format, numbers),
    st.builds("confirm {}".format, st.integers(1, 99)),
    st.builds("who {} 9am".format, days),
    st.builds("why {} 9am".format, days),
    st.sampled_from(["undo", "test", "mine", "audit", "notifications", "overrides", "members"]),
)
lines = st.one_of(
    meant,
    st.sampled_from(NAMES),
    st.builds(
        lambda name, rest: " ".join([name, *rest]),
        st.sampled_from(NAMES),
        st.lists(words, max_size=6),
    ),
    st.lists(words, max_size=8).map(" ".join),
    st.text(max_size=80),
)

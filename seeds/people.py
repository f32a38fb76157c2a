"""The made-up people of the demo and what they have written, as tables to read."""

from __future__ import annotations

#: (phone, name, role)
STAFF = (
    ("917000000001", "Meera Nair", "admin"),
    ("917000000002", "Imran Shaikh", "manager"),
    ("917000000003", "Kavita Rao", "staff"),
)

FIRST_CONTACT_PHONE = 917_100_000_001

#: Forty beneficiaries; their phones count on from FIRST_CONTACT_PHONE.
CONTACTS = (
    "Anita Devi", "Ramesh Kumar", "Sunita Yadav", "Mohammed Rafi", "Lakshmi Iyer",
    "Suresh Patil", "Fatima Begum", "Deepak Sahu", "Geeta Kumari", "Arjun Singh",
    "Rekha Joshi", "Vijay Chauhan", "Pooja Sharma", "Salim Ansari", "Usha Pillai",
    "Manoj Tiwari", "Nirmala Das", "Prakash Gowda", "Asha Kamble", "Kiran More",
    "Shabnam Khan", "Gopal Verma", "Radha Mishra", "Harish Naidu", "Parvati Munda",
    "Dinesh Oraon", "Sarita Pawar", "Yusuf Qureshi", "Malti Soren", "Bharat Solanki",
    "Jyoti Thakur", "Naveen Reddy", "Champa Bai", "Irfan Pathan", "Leela Menon",
    "Santosh Jadhav", "Tara Gurung", "Umesh Behera", "Vandana Kulkarni", "Zarina Sheikh",
)  # fmt: skip


VILLAGES = ("Rampur", "Kheda", "Bhimtal", "Sultanpur", "Devgaon")

#: Conversations, oldest first: ("in" | "out", text). A contact has one of them.
CONVERSATIONS: tuple[tuple[tuple[str, str], ...], ...] = (
    (
        ("in", "Namaste, when is the next health camp?"),
        ("out", "Namaste! It is on Saturday at ten, in the school of Rampur."),
        ("in", "Thank you, I will bring my mother."),
    ),
    (
        ("out", "The new term of the evening school begins on Monday. Shall we keep a place?"),
        ("in", "Yes please, for my two daughters."),
        ("out", "Done. Please bring their report cards on the first day."),
    ),
    (
        ("in", "The water pump near the temple is broken again."),
        ("out", "Thank you for telling us. Somebody comes to look at it tomorrow."),
        ("in", "Nobody has come yet."),
        ("in", "Please send somebody soon."),
    ),
    (
        ("in", "क्या बच्चों के टीके आज लगेंगे?"),
        ("out", "जी हाँ, आज तीन बजे तक केंद्र खुला है।"),
        ("in", "धन्यवाद, मैं आ रही हूँ।"),
        ("out", "अपना टीकाकरण कार्ड साथ लाइए।"),
    ),
    (
        ("out", "Your loan form is complete. The group meets on the fifth."),
        ("in", "Good. At what time?"),
        ("out", "At four in the afternoon, at the usual place."),
        ("in", "I will be there"),
        ("out", "See you then."),
    ),
)

#: label, description, colour, keywords
TAGS = (
    ("Important", "Needs an answer today", "#D32F2F", ("urgent", "important")),
    ("Health", "Camps, vaccination, medicine", "#0C976D", ("camp", "doctor", "vaccine")),
    ("Education", "School and courses", "#1976D2", ("school", "class")),
    ("Complaint", "Something does not work", "#F57C00", ("broken", "complaint")),
    ("Follow up", "Somebody promised something", "#7B1FA2", ()),
)

#: label, shortcode, English, Hindi
TEMPLATES = (
    ("Greeting", "greeting", "Namaste! How can we help you?", "नमस्ते! हम आपकी क्या मदद करें?"),
    (
        "Office hours",
        "office-hours",
        "Our centre is open from Monday to Saturday, ten to five.",
        "हमारा केंद्र सोमवार से शनिवार, दस से पाँच बजे तक खुला है।",
    ),
    (
        "We will call you",
        "call-back",
        "A member of our staff will call you today.",
        "हमारे कर्मचारी आज आपको फ़ोन करेंगे।",
    ),
    (
        "Thank you",
        "thank-you",
        "Thank you for writing to us.",
        "हमें लिखने के लिए धन्यवाद।",
    ),
)

#: shortcode, label; the tabs above the list of conversations. `search` knows each by its shortcode.
SAVED_SEARCHES = (
    ("All", "All conversations"),
    ("Unread", "Unread conversations"),
    ("Not replied", "Conversations without our answer"),
    ("Not Responded", "Conversations without their answer"),
    ("Optin", "People who have opted in"),
    ("Optout", "People who have opted out"),
)

#: label, uuid, description. Flows name the first two by uuid.
GROUPS = (
    ("Registered", "6eb08e49-2ed6-534e-97b4-0b512122c493", "Finished the registration flow"),
    ("Optout contacts", "05f5c9a5-6d4d-534d-ac0a-403469ab30dd", "Asked us not to write"),
    ("Volunteers", "0a1d7f86-0f44-4d31-9f3c-52c7ab3f9be1", "Help us in the villages"),
    ("Mothers' circle", "c2b5e1ce-6b0f-4f6a-8f3c-1f5f0c2f1d77", "Meets on Thursdays"),
)

#: name, uuid, as the feedback flow names it
FLOW_LABELS = (("Feedback", "2953a8cf-894a-5bd7-9d61-73388fa805c1"),)

#: shortcode, name
CONTACT_FIELDS = (("age", "Age"), ("village", "Village"), ("last_feedback", "Last feedback"))

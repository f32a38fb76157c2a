"""Every action of a node, with an example and what comes of it."""
# ruff: noqa: E501  # an example is one line of JSON

from __future__ import annotations

from flows.docs.table import read_table

ACTIONS = read_table(
    r"""
send_msg
    A message to the contact: text, attachments ("type:url"), quick replies, or an approved template.
    {"text": "Hello @contact.first_name", "quick_replies": ["Yes", "No"]} -> says "Hello Asha"
send_interactive_msg
    A message with buttons or a list. It is sent as text with numbered choices, and as data for clients that show buttons; an answer by number or by title is understood.
    {"id": 1, "name": "Which day?", "text": "{\"type\": \"quick_reply\", \"content\": {\"type\": \"text\", \"header\": \"Which day?\", \"text\": \"Choose one\"}, \"options\": [{\"type\": \"text\", \"title\": \"Monday\"}, {\"type\": \"text\", \"title\": \"Friday\"}]}"} -> says "Which day?\nChoose one\n1. Monday\n2. Friday"
send_broadcast
    A message to other contacts and to groups. @staff is who reads it: @staff.name, @staff.phone, @staff.language, @staff.fields.x.
    {"text": "@contact.name is here", "contacts": [{"uuid": "42", "name": "Ravi"}], "groups": []} -> broadcast created base_language="und" contacts=["42"] text="Asha Devi is here" translations={"und": {"text": "Asha Devi is here"}}
set_run_result
    Stores a result of the flow: @results.name, with a category.
    {"name": "Answer", "value": "@(upper(results.age.input))", "category": "Given"} -> result Answer = "I AM 34" [Given]
set_run_local
    Stores a value that only this run of the flow sees: `set`, `increment` or `clear`.
    {"local": "round", "value": "2", "operation": "set"} -> local round = "2"
set_contact_name
    Names the contact.
    {"name": "@(title(\"asha kumari\"))"} -> contact name = "Asha Kumari"
set_contact_field
    Stores a field of the contact; an empty value clears it. The field `settings` opts in and out.
    {"field": {"key": "age", "name": "Age"}, "value": "@results.age"} -> contact field age = "34"
set_contact_language
    The language in which the contact is written to from now on, by name or locale.
    {"language": "Hindi"} -> contact language = "hi"
set_contact_status
    active, blocked, stopped or archived.
    {"status": "blocked"} -> contact status changed status="blocked"
set_contact_timezone
    The contact's time zone.
    {"timezone": "Asia/Kolkata"} -> contact timezone changed timezone="Asia/Kolkata"
set_contact_channel
    The channel by which the contact is written to.
    {"channel": {"uuid": "c1", "name": "Chat"}} -> contact urns changed urns=["tel:+919876543210?channel=c1"]
set_contact_profile
    Switches to one of the profiles of a phone, makes one, or ends one (Glific).
    {"profile_type": "Create Profile", "value": {"name": "Ravi", "type": "student"}, "result_name": "profile"} -> calls change_profile; waits for effect until 2026-01-01T09:01:00+00:00; contact profile changed change="create" effect_uuid="*" profile={"score": 7, "name": "Asha"}; result profile = "Asha" [Success]
add_contact_groups
    Puts the contact into groups.
    {"groups": [{"uuid": "g9", "name": "Parents"}]} -> contact groups +Parents
remove_contact_groups
    Takes the contact out of groups, or with `all_groups` out of every one.
    {"groups": [{"uuid": "registered", "name": "Registered"}]} -> contact groups -Registered
add_contact_urn
    One more address of the contact.
    {"scheme": "tel", "path": "+919800000001"} -> contact urns changed urns=["tel:+919876543210", "tel:+919800000001"]
add_input_labels
    Labels the message that the contact wrote last.
    {"labels": [{"uuid": "l1", "name": "Complaint"}]} -> input labels added labels=[{"uuid": "l1", "name": "Complaint"}]
call_webhook
    Calls a server of the organization; the flow waits for the answer. A 2xx answer with a JSON object or list is Success and becomes the result, anything else is Failure.
    {"method": "POST", "url": "@globals.site/score", "body": "{\"age\": \"@results.age\"}", "result_name": "score"} -> calls POST https://ngo.example/score; waits for effect until 2026-01-01T09:01:00+00:00; https://ngo.example/score gave 200 in 0 ms; result score = "200" [Success]
call_classifier
    Asks a service what a text is meant to say; has_intent reads its result.
    {"classifier": {"uuid": "k1", "name": "Booking"}, "input": "@results.said.input", "result_name": "intent"} -> calls call_classifier; waits for effect until 2026-01-01T09:01:00+00:00; classifier called classifier_name="Booking" classifier_uuid="k1" effect_uuid="*" input="a bed please" status="success"; result intent = "" [Success]
link_google_sheet
    Reads the row of a published sheet whose first column is the key, or adds a row.
    {"action_type": "READ", "sheet_id": "1", "url": "https://x.example/prices.csv", "row": "@results.said", "result_name": "price"} -> calls read_sheet https://x.example/prices.csv; waits for effect until 2026-01-01T09:01:00+00:00; sheet linked action="read_sheet" effect_uuid="*" sheet_id="1" status="success"; result price = "book" [Success]
send_email
    A mail in plain text to up to ten addresses.
    {"addresses": ["office@ngo.example"], "subject": "@contact.name", "body": "Aged @results.age"} -> calls send_email; waits for effect until 2026-01-01T09:01:00+00:00; email sent body="Aged 34" subject="Asha Devi" to=["office@ngo.example"]
open_ticket
    A question for staff. A contact has one open ticket at a time.
    {"topic": {"uuid": "t1", "name": "General"}, "note": "Aged @results.age", "result_name": "ticket"} -> ticket opened ticket_uuid="*" topic=["t1", "General"]; ticket note added note="Aged 34" ticket_uuid="*"; result ticket = "*" [Success]
enter_flow
    Goes into another flow; when that ends, this one goes on at its router (@child.status), unless `terminal`.
    {"flow": {"uuid": "other", "name": "Other flow"}} -> flow "Other flow" begins
start_session
    Starts a flow for other contacts and groups.
    {"flow": {"uuid": "other", "name": "Other flow"}, "contacts": [{"uuid": "42", "name": "Ravi"}], "groups": []} -> session triggered contacts=["42"] create_contact=false exclude_in_a_flow=false target_flow_name="Other flow" target_flow_uuid="other"
wait_for_time
    Waits for so many seconds.
    {"delay": "60"} -> waits for time until 2026-01-01T09:01:00+00:00
wait_for_result
    Waits until an outside system resumes the flow (`resumeContactFlow`), for so many seconds at most.
    {"delay": "3600", "result_name": "score"} -> waits for result until 2026-01-01T10:00:00+00:00
"""
)

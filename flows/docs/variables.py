"""Every root of a variable, with examples."""

from __future__ import annotations

from flows.docs.table import read_table

#: The flow has asked nothing yet and was answered "Yes please"; see flows/docs/stage.py for the rest.
VARIABLES = read_table(
    r"""
contact
    Who talks: name, first_name, phone, language, status, groups, in_groups, fields, urn, created_on, ...
    Persons who share a phone (set_contact_profile): active_profile_name, list_profiles,
    profiles.profile_1.name, profiles.count, has_multiple_profile. As Glific's columns: bsp_status,
    optin_time, optin_method, optout_time, last_message_at, last_message_number, inserted_at, ...
    Namaste @contact.first_name -> Namaste Asha
    @contact.fields.village -> Rampur
    @(join(contact.in_groups, ", ")) -> Registered
    @contact.active_profile_name, one of @contact.profiles.count -> Asha Devi, one of 2
fields
    The contact's fields: as @contact.fields, as plain text.
    @fields.village -> Rampur
urns
    The contact's addresses by scheme.
    @urns.tel -> tel:+919876543210
results
    What the flow has stored: the value, and .category, .input, .extra. Results of a flow that was
    entered are under child, those of the flow that entered this one under parent.
    @results.age -> 34
    @results.age.category -> Adult
    @results.reply.input -> Yes please
locals
    What set_run_local has stored.
    @locals.round -> 1
input
    The last message of the contact: text, attachments, type, payload, urn, created_on.
    @input.text -> Yes please
run
    This run of the flow: results, status, flow, contact, created_on.
    @run.status -> active
flow
    The flow's name and uuid.
    @flow.name -> Example
node
    The node: visit_count, categories, uuid.
    @node.visit_count -> 1
child
    The flow that this one entered last: status, results, flow.
    @(default(child.status, "none yet")) -> none yet
parent
    The flow that entered or started this one: results, flow, contact.
    @(default(parent.flow.name, "nobody")) -> nobody
trigger
    Why the session began: type, keyword, params, user.
    @trigger.type -> manual
    @trigger.params.city -> Lucknow
resume
    Why the session goes on: type.
    @resume.type -> msg
webhook
    The last answer of a webhook: its members, status, json.
    @webhook.score -> 7
    @webhook.status -> 200
legacy_extra
    The same, as older flows name it.
    @legacy_extra.name -> Asha
ticket
    The contact's open ticket: uuid, topic, assignee.
    @ticket.topic.name -> General
globals
    Variables of the organization.
    @globals.site -> https://ngo.example
global
    The same (Glific).
    @global.site -> https://ngo.example
calendar
    Today: current_date, yesterday, tomorrow, current_day, current_month, current_year.
    @calendar.current_day, @calendar.current_date -> Thursday, 01/01/2026
"""
)

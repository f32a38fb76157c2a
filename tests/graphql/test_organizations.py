"""Organizations: one's own, and all of them for the installation's administrators."""

from __future__ import annotations

from app.models import Organization
from tests.graphql.conftest import StaffClient

OWN = "{ organization { organization { name shortcode timezone } } }"
UPDATE = """mutation ($id: ID!, $input: OrganizationInput!) {
  updateOrganization(id: $id, input: $input) {
    organization { name sessionLimit outOfOffice {
      enabled startTime endTime flowId enabledDays { id enabled } } }
    errors { key message } } }"""
STATUS = """mutation ($id: ID!, $active: Boolean, $approved: Boolean) {
  updateOrganizationStatus(updateOrganizationId: $id, isActive: $active, isApproved: $approved) {
    organization { isActive isApproved status } errors { key message } } }"""


async def test_without_an_id_the_organization_is_ones_own(
    staff_client: StaffClient, other_org: Organization
) -> None:
    client = await staff_client("staff", organization=other_org)

    assert await client.data(OWN) == {
        "organization": {
            "organization": {"name": "Ujala", "shortcode": "ujala", "timezone": "Asia/Kolkata"}
        }
    }


async def test_another_tenant_does_not_exist(
    staff_client: StaffClient, other_org: Organization
) -> None:
    client = await staff_client("admin")
    document = "query ($id: ID) { organization(id: $id) { organization { name } errors { key } } }"

    answer = await client.data(document, {"id": other_org.id})
    changed = await client.data(UPDATE, {"id": other_org.id, "input": {"name": "Mine"}})

    assert answer["organization"] == {
        "organization": None,
        "errors": [{"key": f"Elixir.Glific.Partners.Organization {other_org.id}"}],
    }
    assert changed["updateOrganization"]["organization"] is None


async def test_opening_hours_are_kept_and_come_out_without_the_t(
    staff_client: StaffClient, org: Organization
) -> None:
    client = await staff_client("admin")
    days = [{"id": n, "enabled": n < 6} for n in range(1, 8)]
    hours = {"enabled": True, "startTime": "T09:00:00", "endTime": "T19:00:00", "enabledDays": days}

    data = await client.data(
        UPDATE, {"id": org.id, "input": {"sessionLimit": 180, "outOfOffice": hours}}
    )

    assert data["updateOrganization"] == {
        "organization": {
            "name": "Asha",
            "sessionLimit": 180,
            "outOfOffice": {
                "enabled": True,
                "startTime": "09:00:00",
                "endTime": "19:00:00",
                "flowId": None,
                "enabledDays": days,
            },
        },
        "errors": None,
    }


async def test_staff_change_no_organization_and_see_no_signing_phrase(
    staff_client: StaffClient, org: Organization
) -> None:
    client = await staff_client("staff")

    answer = await client.execute(UPDATE, {"id": org.id, "input": {"name": "Mine"}})
    data = await client.data("{ organization { organization { name signaturePhrase } } }")

    assert answer["errors"][0]["message"] == "Unauthorized"
    assert data["organization"]["organization"] == {"name": "Asha", "signaturePhrase": ""}


async def test_a_wrong_time_zone_is_refused(staff_client: StaffClient, org: Organization) -> None:
    client = await staff_client("admin")

    data = await client.data(UPDATE, {"id": org.id, "input": {"timezone": "Mars/Olympus"}})

    assert data["updateOrganization"] == {
        "organization": None,
        "errors": [{"key": "timezone", "message": "is not a time zone"}],
    }


async def test_every_optional_product_is_off_until_it_is_set_up(staff_client: StaffClient) -> None:
    client = await staff_client("staff")
    selected = (
        "aiEvaluationV2Enabled aiEvaluationsEnabled askGlificEnabled autoTranslationEnabled "
        "certificateEnabled contactProfileEnabled copyNodeEnabled promptGeneratorEnabled "
        "rolesAndPermission templateLibraryEnabled templateV2Enabled ticketingEnabled "
        "whatsappFormsEnabled whatsappGroupEnabled flowUuidDisplay bigquery dialogflow "
        "googleCloudStorage funWithFlags"
    )
    flags = selected.split()

    data = await client.data(
        "{ attachmentsEnabled organizationServices { errors { key } " + selected + " } }"
    )

    assert data == {
        "attachmentsEnabled": True,
        "organizationServices": {"errors": None, **dict.fromkeys(flags, False)},
    }


async def test_profiles_are_on_when_the_organization_turns_them_on(
    staff_client: StaffClient, org: Organization
) -> None:
    client = await staff_client("admin")
    update = """mutation ($id: ID!, $i: OrganizationInput!) { updateOrganization(id: $id, input: $i) {
      organization { setting { contactProfileEnabled reportFrequency } } } }"""
    services = "{ organizationServices { contactProfileEnabled dialogflow } }"

    on = {"setting": {"contactProfileEnabled": True}}
    await client.data(update, {"id": org.id, "i": on})
    more = {"setting": {"reportFrequency": "WEEKLY"}}
    kept = await client.data(update, {"id": org.id, "i": more})
    data = await client.data(services)

    setting = kept["updateOrganization"]["organization"]["setting"]
    assert setting == {"contactProfileEnabled": True, "reportFrequency": "WEEKLY"}
    assert data["organizationServices"] == {"contactProfileEnabled": True, "dialogflow": False}


async def test_the_frontends_settings_page_finds_what_it_selects(
    staff_client: StaffClient, org: Organization
) -> None:
    client = await staff_client("admin")

    data = await client.data(
        """{ organization { organization {
          contactName isTrialOrg trialExpirationDate optinFlowId newcontactFlowId
          regxFlow { flowId regx regxOpt } isFlowUuidDisplay status
          setting { allowBotNumberUpdate criticalBalanceThreshold lowBalanceThreshold
                    sendWarningMail }
          bsp { id shortcode } activeLanguages { label } defaultLanguage { label } } } }"""
    )

    assert data["organization"]["organization"] == {
        "contactName": "Asha",
        "isTrialOrg": False,
        "trialExpirationDate": None,
        "optinFlowId": None,
        "newcontactFlowId": None,
        "regxFlow": {"flowId": None, "regx": None, "regxOpt": None},
        "isFlowUuidDisplay": False,
        "status": "ACTIVE",
        "setting": {
            "allowBotNumberUpdate": False,
            "criticalBalanceThreshold": None,
            "lowBalanceThreshold": None,
            "sendWarningMail": False,
        },
        "bsp": {"id": "1", "shortcode": "samvad_chat"},
        "activeLanguages": [{"label": "English"}, {"label": "Hindi"}],
        "defaultLanguage": {"label": "English"},
    }


async def test_time_zones_are_sorted_and_states_are_five(staff_client: StaffClient) -> None:
    client = await staff_client("admin")

    data = await client.data("{ timezones organizationStatus }")

    assert data["timezones"] == sorted(data["timezones"])
    assert "Asia/Kolkata" in data["timezones"]
    assert data["organizationStatus"] == [
        "INACTIVE",
        "APPROVED",
        "ACTIVE",
        "SUSPENDED",
        "READY_TO_DELETE",
    ]


async def test_a_tenant_is_made_listed_suspended_and_removed(
    staff_client: StaffClient, org: Organization
) -> None:
    client = await staff_client("glific_admin")
    create = """mutation ($input: OrganizationInput!) { createOrganization(input: $input) {
      organization { id name shortcode bsp { id } defaultLanguage { label } }
      errors { key message } } }"""
    remove = """mutation ($id: ID!) { deleteInactiveOrganization(
      deleteOrganizationID: $id, isConfirmed: true) { organization { name }
      errors { key message } } }"""

    made = await client.data(
        create,
        {"input": {"name": "New", "shortcode": "new_org", "email": "a@b.example", "bspId": 1}},
    )
    id_ = made["createOrganization"]["organization"].pop("id")
    listed = await client.data('{ organizations(filter: {defaultLanguage: "Eng"}) { name } }')
    early = await client.data(remove, {"id": id_})
    stopped = await client.data(STATUS, {"id": id_, "active": False, "approved": True})
    removed = await client.data(remove, {"id": id_})

    assert made["createOrganization"] == {
        "organization": {
            "name": "New",
            "shortcode": "new_org",
            "bsp": {"id": "1"},
            "defaultLanguage": {"label": "English"},
        },
        "errors": None,
    }
    assert listed == {"organizations": [{"name": "Asha"}, {"name": "New"}]}
    assert early["deleteInactiveOrganization"]["errors"] == [
        {"key": "isActive", "message": "must be false before it can be deleted"}
    ]
    assert stopped["updateOrganizationStatus"]["organization"] == {
        "isActive": False,
        "isApproved": True,
        "status": "APPROVED",
    }
    assert removed["deleteInactiveOrganization"] == {
        "organization": {"name": "New"},
        "errors": None,
    }
    assert await client.data("{ countOrganizations }") == {"countOrganizations": 1}


async def test_only_the_installations_admins_see_other_tenants(
    staff_client: StaffClient, other_org: Organization
) -> None:
    client = await staff_client("admin")

    answer = await client.execute("{ organizations { name } countOrganizations }")

    assert answer["data"] == {"organizations": None, "countOrganizations": None}


async def test_a_reset_needs_a_confirmation(
    staff_client: StaffClient, other_org: Organization
) -> None:
    client = await staff_client("glific_admin")
    document = """mutation ($id: ID!, $sure: Boolean) {
      resetOrganization(resetOrganizationId: $id, isConfirmed: $sure) }"""

    refused = await client.execute(document, {"id": other_org.id, "sure": False})
    done = await client.data(document, {"id": other_org.id, "sure": True})

    assert refused["errors"][0]["message"] == "must be true"
    assert done == {"resetOrganization": "Successfully reset tables and fields of organization"}


async def test_the_balance_is_told_to_its_own_organization_only(
    staff_client: StaffClient, org: Organization, other_org: Organization
) -> None:
    client = await staff_client("staff")
    document = "subscription ($id: ID) { bsp_balance(organizationId: $id) }"

    async with client.subscribe(document, {"id": org.id}) as following:
        await client.services.live.publish(f"org:{other_org.id}:bsp_balance", {"balance": 1})
        await client.services.live.publish(f"org:{org.id}:bsp_balance", {"balance": 2})
        told = await following()
    async with client.subscribe(document, {"id": other_org.id}, topics=0) as following:
        refused = await following()

    assert told == {"data": {"bsp_balance": '{"balance":2}'}}
    assert refused["errors"][0]["message"] == "Auth Credentials mismatch"

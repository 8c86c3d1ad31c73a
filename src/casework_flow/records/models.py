"""What each record may hold. The fields' titles are the labels that people read, to be translated.

An optional field without a value is absent; a list without items is empty. Rules between fields stand beside
their model as ``conditions``.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from . import conditions as rules
from .fields import (
    AnnouncedOn,
    Choice,
    Count,
    DoneOn,
    FamilyCard,
    Measure,
    Name,
    Nik,
    Number,
    Phone,
    Rupiah,
    Text,
    Whole,
    choice,
)

Sex = Annotated[str, choice(female="Female", male="Male", unknown="Sex unknown")]
Agreement = Annotated[
    str, choice(written="In writing", thumbprint="By thumbprint", oral_witnessed="Orally, before a witness")
]
VisitKind = Annotated[str, choice(home_visit="Home visit", office="At the office", phone="By telephone")]
ProgrammeStatus = Annotated[
    str,
    choice(
        active="Active beneficiary",
        graduated="Graduated",
        exited="Left the programme",
        none="Not a beneficiary",
    ),
]


class Record(BaseModel):
    """Part of a record, or a whole one."""

    model_config = ConfigDict(extra="forbid", strict=True, validate_default=False)
    conditions: ClassVar[tuple[rules.Condition, ...]] = ()


class Region(Record):
    conditions = (rules.region_code_fits_its_scheme,)
    scheme: Annotated[str, choice(kemendagri="Kemendagri code", bps="BPS code")] = Field(title="Coding scheme")
    code: Name = Field(title="Region code")


class Address(Record):
    region: Region | None = Field(None, title="Region")
    detail: Text | None = Field(None, title="Address in full")


class Guardian(Record):
    name: Text = Field(title="Name of the guardian")
    relation: Text | None = Field(None, title="Relation to the client")
    phone: Phone | None = Field(None, title="Telephone")


class Companion(Record):
    name: Text = Field(title="Name of the companion")
    phone: Phone | None = Field(None, title="Telephone")


class Client(Record):
    conditions = (
        rules.nik_or_the_reason,
        rules.age_has_its_date,
        rules.ages_agree,
        rules.guardian_where_needed,
        rules.nik_agrees_with_the_rest,
    )
    name: Text = Field(title="Name")
    initials: Name = Field(title="Initials")
    sex: Sex = Field(title="Sex")
    identity_unknown: bool | None = Field(None, title="Identity unknown")
    capacity: Annotated[str, choice(full="Full capacity", limited="Limited capacity")] | None = Field(
        None, title="Legal capacity"
    )
    birth_date: DoneOn | None = Field(None, title="Date of birth")
    age_years: Annotated[int, Whole(least=0, most=130)] | None = Field(None, title="Age (years)")
    as_of: DoneOn | None = Field(None, title="Age as of")
    nik: Nik | None = Field(None, title="NIK")
    nik_absent_reason: Text | None = Field(None, title="Why there is no NIK")
    kk_number: FamilyCard | None = Field(None, title="Family card number")
    marital_status: (
        Annotated[
            str,
            choice(
                single="Single",
                married="Married",
                divorced="Divorced",
                widowed="Widowed",
                unknown="Not known",
            ),
        ]
        | None
    ) = Field(None, title="Marital status")
    education: Text | None = Field(None, title="Education")
    occupation: Text | None = Field(None, title="Occupation")
    phone: Phone | None = Field(None, title="Telephone")
    address: Address | None = Field(None, title="Address")
    is_household_head: bool | None = Field(None, title="Head of the household")
    guardian: Guardian | None = Field(None, title="Guardian")
    literacy: (
        Annotated[str, choice(literate="Literate", limited="Reads with difficulty", none="Cannot read")] | None
    ) = Field(None, title="Literacy")
    data_basis: (
        Annotated[
            str,
            choice(
                consent="Consent",
                public_service_task="Public service task",
                vital_interest="Vital interest",
                legal_obligation="Legal obligation",
                contract="Contract",
                legitimate_interest="Legitimate interest",
            ),
        ]
        | None
    ) = Field(None, title="Legal basis for processing the data")
    pkh_number: Text | None = Field(None, title="PKH number")
    pkh_status: ProgrammeStatus | None = Field(None, title="PKH status")
    companion: Companion | None = Field(None, title="PKH companion")
    dtsen_decile: Annotated[int, Whole(least=1, most=10)] | None = Field(None, title="DTSEN decile")


class Eligibility(Record):
    ok: bool = Field(title="Eligible")
    basis: Text | None = Field(None, title="Basis of eligibility")


class Intake(Record):
    received_on: DoneOn = Field(title="Received on")
    source: Annotated[str, choice(walk_in="Came by themselves", referral="Referral", outreach="Outreach")] = Field(
        title="Source of referral"
    )
    method: VisitKind | None = Field(None, title="How the intake was done")
    presenting_problem: Text = Field(title="Presenting problem", min_length=10)
    felt_state: Text | None = Field(None, title="How the client feels")
    eligibility: Eligibility = Field(title="Eligibility")


class Consent(Record):
    conditions = (rules.consent_has_its_witness, rules.in_order("given_on", "withdrawn_on"))
    type: Annotated[
        str,
        choice(service="Service", data="Personal data", sharing="Sharing of data", photo="Photographs"),
    ] = Field(title="Type of consent")
    given_by: Text = Field(title="Given by")
    method: Agreement = Field(title="How it was given")
    witness: Text | None = Field(None, title="Witness")
    text_version: Name = Field(title="Version of the consent text")
    given_on: DoneOn = Field(title="Given on")
    withdrawn_on: DoneOn | None = Field(None, title="Withdrawn on")
    covers: list[Text] = Field([], title="Whom it covers")


class Contract(Record):
    conditions = (rules.agreed_before_the_start,)
    focus: list[Text] = Field(title="Focus of the service", min_length=1)
    goals: list[Text] = Field(title="Goals", min_length=1)
    methods: list[Text] = Field(title="Methods", min_length=1)
    worker_role: Text = Field(title="Role of the worker")
    client_role: Text = Field(title="Role of the client")
    duration_weeks: Annotated[int, Whole(least=1, most=104)] = Field(title="Duration (weeks)")
    visits_per_week: Annotated[float, Number(over=0)] = Field(title="Visits a week")
    agreed_on: DoneOn = Field(title="Agreed on")
    agreed_method: Agreement = Field(title="How it was agreed")
    start_on: AnnouncedOn = Field(title="First day")


class Addendum(Record):
    weeks: Annotated[int, Whole(least=1, most=104)] = Field(title="Weeks added")
    reason: Text | None = Field(None, title="Reason of the addendum")
    agreed_on: DoneOn = Field(title="Agreed on")
    agreed_method: Agreement = Field(title="How it was agreed")
    start_on: AnnouncedOn | None = Field(None, title="The weeks count anew from")


class Member(Record):
    id: Name = Field(title="Identifier")
    label: Text | None = Field(None, title="Name shown")
    relation: Text | None = Field(None, title="Relation to the client")
    sex: Sex | None = Field(None, title="Sex")
    age: Annotated[int, Whole(least=0, most=130)] | None = Field(None, title="Age (years)")
    birth_year: Annotated[int, Whole(least=1850, most=2100)] | None = Field(None, title="Year of birth")
    alive: bool | None = Field(None, title="Alive")
    in_household: bool | None = Field(None, title="In the household")
    schooling: Text | None = Field(None, title="Schooling")
    roles: list[Text] = Field([], title="Roles in the family")


class Relation(Record):
    conditions = (rules.related_to_another,)
    a: Name = Field(title="First person (the parent)")
    b: Name = Field(title="Second person (the child)")
    kind: Annotated[
        str,
        choice(
            married="Married",
            cohabiting="Living together",
            separated="Separated",
            divorced="Divorced",
            parent_child="Parent and child",
            sibling="Siblings",
        ),
    ] = Field(title="Kind of relation")
    quality: (
        Annotated[
            str,
            choice(
                close="Close to each other",
                ordinary="Ordinary",
                distant="Distant",
                conflict="In conflict",
                cut_off="Cut off",
                unknown="Not known",
            ),
        ]
        | None
    ) = Field(None, title="Quality of the relation")


class Genogram(Record):
    conditions = (
        rules.ids_differ("members.*.id"),
        rules.index_is_a_member,
        rules.relations_resolve,
        rules.generations_in_order,
        rules.birth_years_agree,
    )
    index: Name = Field(title="The client in the genogram")
    members: list[Member] = Field([], title="Members of the family")
    relations: list[Relation] = Field([], title="Relations")


class System(Record):
    id: Name = Field(title="Identifier")
    name: Text = Field(title="Name")
    kind: Annotated[str, choice(informal="Informal", formal="Formal")] | None = Field(None, title="Kind of system")


class Tie(Record):
    system: Name = Field(title="System")
    strength: Annotated[
        str,
        choice(strong="Strong", moderate="Moderate", weak="Weak", absent="No active tie"),
    ] = Field(title="Strength of the tie")
    stressful: bool | None = Field(None, title="Stressful")
    flow: (
        Annotated[
            str,
            choice(
                to_client="Towards the client",
                from_client="From the client",
                mutual="In both directions",
                none="No flow",
            ),
        ]
        | None
    ) = Field(None, title="Flow of resources")


class Ecomap(Record):
    conditions = (rules.ids_differ("systems.*.id"), rules.ties_resolve)
    systems: list[System] = Field([], title="Systems around the client")
    ties: list[Tie] = Field([], title="Ties")


class Finding(Record):
    id: Name = Field(title="Identifier")
    kind: Annotated[
        str,
        choice(problem="Problem", need="Need", strength="Strength", resource="Resource"),
    ] = Field(title="Kind of finding")
    domain: (
        Annotated[
            str,
            choice(
                economic="Economic",
                psychological="Psychological",
                social="Social",
                education="Education",
                health="Health",
                spiritual="Spiritual",
            ),
        ]
        | None
    ) = Field(None, title="Domain")
    statement: Text = Field(title="Statement")
    priority: Annotated[int, Whole(least=1, most=5)] | None = Field(None, title="Priority")


class Risk(Record):
    screened: bool = Field(title="Risk screened")
    result: Annotated[str, choice(low="Low", medium="Medium", high="High")] | None = Field(
        None, title="Result of the screening"
    )
    note: Text | None = Field(None, title="Note")


class Assessment(Record):
    conditions = (rules.ids_differ("items.*.id"), rules.in_order("started_on", "finished_on"))
    started_on: DoneOn = Field(title="Started on")
    finished_on: DoneOn = Field(title="Finished on")
    methods: list[Text] = Field(title="Methods", min_length=1)
    conclusion: Text = Field(title="Conclusion")
    recommendation: Text = Field(title="Recommendation")
    items: list[Finding] = Field([], title="Findings")
    risk: Risk = Field(title="Risk")


class Activity(Record):
    conditions = (rules.weeks_in_order,)
    title: Text = Field(title="Activity")
    week_from: Count = Field(title="From week")
    week_to: Count = Field(title="To week")
    mode: Annotated[str, choice(guided="Guided", independent="Independent")] | None = Field(None, title="Mode")
    responsible: Text | None = Field(None, title="Responsible")


class Indicator(Record):
    conditions = (rules.baseline_or_the_reason, rules.measure_is_published)
    code: Name = Field(title="Code")
    title: Text = Field(title="Indicator")
    unit: Text | None = Field(None, title="Unit")
    baseline: Measure | None = Field(None, title="Baseline")
    baseline_reason: Text | None = Field(None, title="Why there is no baseline")
    target: Measure | None = Field(None, title="Target")
    direction: (
        Annotated[str, choice(up="At least the target", down="At most the target", reach="The target itself")] | None
    ) = Field(None, title="Direction of change")
    required: bool | None = Field(None, title="Required")
    measure: Name | None = Field(None, title="Derived from")


class Component(Record):
    title: Text = Field(title="Component")
    needs: list[Name] = Field([], title="Needs that it meets")
    goal: Text | None = Field(None, title="Goal")
    activities: list[Activity] = Field([], title="Activities")
    indicators: list[Indicator] = Field([], title="Indicators")


class Plan(Record):
    conditions = (rules.ids_differ("components.*.indicators.*.code"),)
    components: list[Component] = Field(title="Components", min_length=1)
    client_agreed_on: DoneOn | None = Field(None, title="Client agreed on")


class SafetyResolved(Record):
    date: DoneOn = Field(title="Resolved on")
    note: Text | None = Field(None, title="How it was resolved")


class Session(Record):
    conditions = (rules.in_order("held_on", "safety_resolved.date"),)
    week_no: Annotated[int, Whole(least=1, most=520)] = Field(title="Week")
    held_on: DoneOn = Field(title="Date")
    kind: VisitKind = Field(title="Kind of session")
    status: Annotated[str, choice(held="Held", cancelled="Cancelled", client_absent="Client absent")] = Field(
        title="Status"
    )
    purpose: Text | None = Field(None, title="Purpose of the visit")
    activities: Text | None = Field(None, title="Activities")
    observations: Text | None = Field(None, title="Observations")
    feedback: Text | None = Field(None, title="Feedback")
    next_steps: Text | None = Field(None, title="Next steps")
    obstacles: Text | None = Field(None, title="Obstacles")
    book_checked: bool | None = Field(None, title="Finance book checked")
    safety_flag: bool | None = Field(None, title="Safety concern")
    safety_resolved: SafetyResolved | None = Field(None, title="Safety concern resolved")


class Supervision(Record):
    date: DoneOn = Field(title="Date")
    note: Text = Field(title="Supervisor's note")


class Transaction(Record):
    conditions = (rules.purpose_goes_with_an_expense,)
    date: DoneOn = Field(title="Date")
    direction: Annotated[str, choice(income="Income", expense="Expense")] = Field(title="Income or expense")
    amount: Rupiah = Field(title="Amount (Rp)")
    category: Name = Field(title="Category")
    purpose: (
        Annotated[str, choice(need="Need (spending)", want="Want", business_capital="Trading stock or capital")]
        | None
    ) = Field(None, title="Purpose of the expense")
    note: Text | None = Field(None, title="Note")


class Result(Record):
    code: Name = Field(title="Code")
    value: Measure | None = Field(None, title="Value reached")
    rating: Annotated[
        str,
        choice(met="Met", partly="Partly met", not_met="Not met", not_measurable="Not measurable"),
    ] = Field(title="Rating")
    evidence: Text | None = Field(None, title="Evidence")


class Evaluation(Record):
    conditions = (rules.ids_differ("results.*.code"),)
    held_on: DoneOn = Field(title="Date")
    results: list[Result] = Field(title="Results", min_length=1)
    behaviour_changes: list[Text] = Field([], title="Changes of behaviour")
    client_view: Text | None = Field(None, title="The client's view")
    recommendation: Annotated[
        str,
        choice(
            terminate="Terminate the service",
            **{"continue": "Continue the service"},
            replan="Plan anew",
            reassess="Assess anew",
            refer="Refer",
        ),
    ] = Field(title="Recommendation")


class Attempt(Record):
    date: DoneOn = Field(title="Date")
    how: Text = Field(title="How contact was sought")


class Step(Record):
    step: Text = Field(title="Step")
    by: Text | None = Field(None, title="By whom")
    frequency: Text | None = Field(None, title="How often")


class FollowUp(Record):
    role: Text | None = Field(None, title="Role of the contact")
    name: Text | None = Field(None, title="Name")
    contact: Text | None = Field(None, title="Contact")


class Termination(Record):
    conditions = (rules.reason_is_known, rules.review_where_required)
    reason: Name = Field(title="Reason of closure")
    reviewed_on: DoneOn | None = Field(None, title="Reviewed with the client on")
    statement: Text | None = Field(None, title="The client's statement")
    witness: Text | None = Field(None, title="Witness")
    new_address: Text | None = Field(None, title="New address")
    died_on: DoneOn | None = Field(None, title="Died on")
    evidence: Text | None = Field(None, title="Evidence")
    attempts: list[Attempt] = Field([], title="Attempts to reach the client")
    manner: Text | None = Field(None, title="Manner of ending")
    achievements: list[Text] = Field([], title="Achievements")
    client_reflections: list[Text] = Field([], title="The client's reflections")
    sustainability: list[Step] = Field([], title="Sustainability plan")
    followup: FollowUp | None = Field(None, title="Follow-up contact")
    followup_check_on: AnnouncedOn | None = Field(None, title="Follow-up check on")
    pkh_status_after: ProgrammeStatus | None = Field(None, title="PKH status after closure")


class Referral(Record):
    conditions = (rules.in_order("sent_on", "acknowledged_on"),)
    to: Text = Field(title="Referred to")
    reason: Text = Field(title="Reason of the referral")
    summary: Text | None = Field(None, title="Summary of the service")
    services_requested: Text | None = Field(None, title="Services requested")
    sharing_consent: bool = Field(title="Client consents to sharing data")
    sent_on: DoneOn | None = Field(None, title="Sent on")
    acknowledged_on: DoneOn | None = Field(None, title="Acknowledged on")


__all__ = ["Choice", "Record"]

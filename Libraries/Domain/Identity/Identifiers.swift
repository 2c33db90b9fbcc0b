/// What an id names. The cases of these enums do not exist: they are only marks for the compiler.
package enum IdentifiedThing {
    /// A person who may draw on support. Opaque everywhere but in the gateway.
    package enum Person {}
    /// One referral, however many notices are sent about it.
    package enum Referral {}
    /// One case of adult social care.
    package enum Case {}
    /// One direct payment agreement; a material change makes a new version of it, not a new id.
    package enum Agreement {}
    /// One payment for one period of one agreement.
    package enum Payment {}
    /// One pay run.
    package enum PayRun {}
    /// Where the money of an agreement goes.
    package enum Payee {}
    /// One hold on a line of a pay run.
    package enum Hold {}
    /// One direct payments champion.
    package enum Champion {}
    /// One training session.
    package enum TrainingSession {}
    /// Someone who works for the council and acts in the system.
    package enum Staff {}
    /// One submission of a partner to the gateway.
    package enum Submission {}
}

/// Names a person.
package typealias PersonID = EntityID<IdentifiedThing.Person>
/// Names a referral.
package typealias ReferralID = EntityID<IdentifiedThing.Referral>
/// Names a case.
package typealias CaseID = EntityID<IdentifiedThing.Case>
/// Names a direct payment agreement.
package typealias AgreementID = EntityID<IdentifiedThing.Agreement>
/// Names a payment.
package typealias PaymentID = EntityID<IdentifiedThing.Payment>
/// Names a pay run.
package typealias PayRunID = EntityID<IdentifiedThing.PayRun>
/// Names a payee.
package typealias PayeeID = EntityID<IdentifiedThing.Payee>
/// Names a hold.
package typealias HoldID = EntityID<IdentifiedThing.Hold>
/// Names a champion.
package typealias ChampionID = EntityID<IdentifiedThing.Champion>
/// Names a training session.
package typealias TrainingSessionID = EntityID<IdentifiedThing.TrainingSession>
/// Names a member of staff.
package typealias StaffID = EntityID<IdentifiedThing.Staff>
/// Names a submission.
package typealias SubmissionID = EntityID<IdentifiedThing.Submission>

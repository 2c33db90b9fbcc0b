package import Domain

/// A Bacs Standard 18 submission of credits: what the council tells its bank to pay. The public descriptions of the format are
/// followed (the formal specification is not published).
package struct Standard18: Sendable {
    /// The six-digit service user number.
    package let serviceUserNumber: String
    /// The submission's serial: six letters or digits, unique for the day, not all zeros.
    package let serial: String
    /// The account the money comes from.
    package let originator: BacsAccount
    /// The day on which the file is made.
    package let createdOn: CivilDate
    /// The day on which the file expires, after every processing day.
    package let expiresOn: CivilDate
    /// The payments.
    package let credits: [BacsCredit]
    /// Whether the processing days stand in each record (`4 MULTI`) or once in the header (`1 DAILY`).
    package let processing: Processing

    /// When the credits are processed: day 2 of the cycle, the working day before the money arrives.
    package enum Processing: Hashable, Sendable {
        /// All on one day.
        case single(CivilDate)
        /// Each on its own ``BacsCredit/processingDay``.
        case multiple
    }

    /// The most credits of one file.
    package static let creditsMax = 50_000
    /// The largest amount of one record, eleven digits.
    package static let amountMax = Pence(99_999_999_999)
    /// How many days after its last processing day a file expires.
    package static let expiryDays = 3

    /// A submission. Checked as a whole: a file is either right or not made.
    package init(
        serviceUserNumber: String, serial: String, originator: BacsAccount, createdOn: CivilDate,
        processing: Processing,
        credits: [BacsCredit]
    ) throws(Standard18Error) {
        guard serviceUserNumber.utf8.count == 6, BacsText.isDigits(serviceUserNumber) else { throw .serviceUserNumber }
        guard serial.utf8.count == 6, BacsText.isAlphanumeric(serial), serial != "000000" else { throw .serial }
        guard !credits.isEmpty else { throw .noCredits }
        guard credits.count <= Self.creditsMax else { throw .tooManyCredits }
        var lastDay = createdOn
        for (index, credit) in credits.enumerated() {
            guard credit.amount > .zero, credit.amount <= Self.amountMax else { throw .amount(line: index) }
            guard let day = Self.processingDay(of: credit, in: processing) else { throw .processingDay(line: index) }
            guard day.isWorkingDay, day >= createdOn else { throw .processingDay(line: index) }
            lastDay = max(lastDay, day)
        }
        self.serviceUserNumber = serviceUserNumber
        self.serial = serial
        self.originator = originator
        self.createdOn = createdOn
        self.processing = processing
        self.credits = credits
        expiresOn = lastDay.adding(days: Self.expiryDays)
    }

    static func processingDay(of credit: BacsCredit, in processing: Processing) -> CivilDate? {
        switch processing {
        case .single(let day): credit.processingDay == nil || credit.processingDay == day ? day : nil
        case .multiple: credit.processingDay
        }
    }
}

/// A bank account as Bacs knows it.
package struct BacsAccount: Hashable, Sendable {
    /// Six digits.
    package let sortCode: String
    /// Eight digits.
    package let number: String
    /// The holder's name; written in Bacs's characters, cut to eighteen.
    package let name: String

    /// An account. The sort code may have hyphens or spaces between its pairs.
    package init(sortCode: String, number: String, name: String) throws(Standard18Error) {
        let plain = String(sortCode.filter { $0 != "-" && $0 != " " })
        guard plain.utf8.count == 6, BacsText.isDigits(plain) else { throw .sortCode }
        guard number.utf8.count == 8, BacsText.isDigits(number) else { throw .accountNumber }
        guard BacsText.field(name, width: 18).contains(where: { $0 != " " }) else { throw .name }
        self.sortCode = plain
        self.number = number
        self.name = name
    }
}

/// One payment of a file.
package struct BacsCredit: Hashable, Sendable {
    /// Where the money goes.
    package let destination: BacsAccount
    /// How much.
    package let amount: Pence
    /// What the payee sees beside it; written in Bacs's characters, cut to eighteen.
    package let reference: String
    /// When it is processed; needed in a file of several days only.
    package let processingDay: CivilDate?

    /// This payment.
    package init(destination: BacsAccount, amount: Pence, reference: String, processingDay: CivilDate? = nil) {
        self.destination = destination
        self.amount = amount
        self.reference = reference
        self.processingDay = processingDay
    }
}

/// Why a file cannot be made.
package enum Standard18Error: Error, Hashable, Sendable, CustomStringConvertible {
    case serviceUserNumber
    case serial
    case sortCode
    case accountNumber
    case name
    case noCredits
    case tooManyCredits
    case amount(line: Int)
    case processingDay(line: Int)
    case totalTooLarge

    /// What is wrong, without account details. Lines count from 0, in the order of the credits.
    package var description: String {
        switch self {
        case .serviceUserNumber: "the service user number must have six digits"
        case .serial: "the serial must have six capital letters or digits and not be 000000"
        case .sortCode: "a sort code must have six digits"
        case .accountNumber: "an account number must have eight digits"
        case .name: "an account needs a name with at least one letter or digit"
        case .noCredits: "there is no payment to write"
        case .tooManyCredits: "a file takes at most \(Standard18.creditsMax) payments"
        case .amount(let line): "payment \(line): the amount must be from one penny to \(Standard18.amountMax)"
        case .processingDay(let line):
            "payment \(line): the processing day must be a working day on or after the file’s date"
        case .totalTooLarge: "the total does not fit the trailer’s thirteen digits"
        }
    }
}

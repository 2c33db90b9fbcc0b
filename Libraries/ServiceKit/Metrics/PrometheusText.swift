package import Telemetry

/// Writes metrics in Prometheus' text format, version 0.0.4.
package enum PrometheusText {
    /// The media type of the format.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All families, one after the other.
    package static func render(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families {
            let name = metricName(family.label)
            if !family.help.isEmpty { text += "# HELP \(name) \(escaped(family.help, quotes: false))\n" }
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for sample in family.samples { write(sample, name, to: &text) }
        }
        return text
    }

    private static func write(_ sample: MetricSample, _ name: String, to text: inout String) {
        let labels = sample.dimensions.map { "\(labelName($0.name))=\"\(escaped($0.value, quotes: true))\"" }
        func line(_ suffix: String, _ extra: [String] = [], _ value: String) {
            let all = labels + extra
            text += name + suffix + (all.isEmpty ? "" : "{\(all.joined(separator: ","))}") + " \(value)\n"
        }
        switch sample.value {
        case .counter(let value): line("", [], String(value))
        case .gauge(let value): line("", [], number(value))
        case .histogram(let histogram):
            for (bound, count) in zip(histogram.boundsSeconds, histogram.cumulative) {
                line("_bucket", ["le=\"\(number(bound))\""], String(count))
            }
            line("_bucket", ["le=\"+Inf\""], String(histogram.count))
            line("_sum", [], number(histogram.sumSeconds))
            line("_count", [], String(histogram.count))
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return "\(value)"
    }

    private static func metricName(_ label: String) -> String { name(label) { $0 == ":" } }
    private static func labelName(_ label: String) -> String { name(label) { _ in false } }

    private static func name(_ label: String, _ isAlsoAllowed: (Character) -> Bool) -> String {
        let cleaned = label.map { character in
            character.isASCII && (character.isLetter || character.isNumber || isAlsoAllowed(character))
                ? character : "_"
        }
        return cleaned.first?.isNumber == true ? "_" + String(cleaned) : String(cleaned)
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        text.map { character in
            switch character {
            case "\\": "\\\\"
            case "\n", "\r\n", "\r": "\\n"
            case "\"" where quotes: "\\\""
            default: String(character)
            }
        }.joined()
    }
}

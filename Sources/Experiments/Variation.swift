/// Something that is tried in several ways: `scaling=hpa,coordinated`.
package struct Variation: Hashable, Sendable {
    /// `scaling`, or the path of a value in the topology.
    package var key: String
    /// At least one, all different.
    package var values: [String]

    /// What the key is called that says by which policy the services scale.
    package static let scaling = "scaling"

    package init(key: String, values: [String]) {
        self.key = key
        self.values = values
    }

    /// Reads `KEY=VALUE,VALUE`. Commas inside brackets, braces and quotes belong to a value.
    package init(_ text: String) throws(VariationError) {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
            throw VariationError("'\(text)' is not KEY=VALUE,VALUE such as scaling=hpa,coordinated")
        }
        let key = String(text[..<equals])
        let values = Self.parts(text[text.index(after: equals)...])
        guard !values.contains(""), !values.isEmpty else {
            throw VariationError("'\(text)' has an empty value")
        }
        guard Set(values).count == values.count else {
            throw VariationError("'\(text)' has the same value twice")
        }
        self.init(key: key, values: values)
    }

    private static func parts(_ text: Substring) -> [String] {
        var parts = [""]
        var depth = 0
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if "[{".contains(character) {
                depth += 1
            } else if "]}".contains(character) {
                depth -= 1
            } else if character == ",", depth == 0 {
                parts.append("")
                continue
            }
            parts[parts.count - 1].append(character)
        }
        return parts.map { part in
            let start = part.drop { $0 == " " }
            return String(start.prefix(start.count - start.reversed().prefix { $0 == " " }.count))
        }
    }
}

package struct VariationError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// One way of all: a value for each variation.
package struct Alternative: Hashable, Sendable, Codable {
    /// In the order of the variations.
    package var values: [String]

    package init(values: [String]) { self.values = values }

    /// The values, as tables name it.
    package var name: String { values.joined(separator: " · ") }
}

/// The JSON Schema (draft 7) of the topology format, for editors that complete and check YAML.
///
/// Written from the table that the decoder reads by, so the two cannot differ.
package enum TopologySchema {
    /// The schema as indented JSON, ending in a line break.
    package static func json() -> String {
        let definitions = FormatObject.Name.allCases.filter { $0 != .topology }.map { name in
            (name.rawValue, object(TopologyFormat.object(name)))
        }
        guard case .object(let root) = object(TopologyFormat.object(.topology)) else { return "" }
        let head: [(String, JSONText)] = [
            ("$schema", .string("http://json-schema.org/draft-07/schema#")),
            ("title", .string("Topple topology")),
        ]
        return JSONText.object(head + root + [("definitions", .object(definitions))]).text + "\n"
    }

    private static func object(_ object: FormatObject) -> JSONText {
        var members: [(String, JSONText)] = [
            ("type", .string("object")), ("description", .string(object.summary)),
            ("additionalProperties", .boolean(false)),
            ("properties", .object(object.keys.map { ($0.name, property($0)) })),
        ]
        let required = object.keys.filter(\.isRequired).map { JSONText.string($0.name) }
        if !required.isEmpty { members.append(("required", .array(required))) }
        if !object.exactlyOneOf.isEmpty {
            let choices = object.exactlyOneOf.map { name in
                JSONText.object([("required", .array([.string(name)]))])
            }
            members.append(("oneOf", .array(choices)))
        }
        return .object(members)
    }

    private static func property(_ key: FormatKey) -> JSONText {
        var summary = key.summary
        if let text = key.defaultText { summary += " The default is \(text)." }
        // Draft 7 ignores what stands beside a $ref, so the reference goes into an allOf.
        var members: [(String, JSONText)] = [("description", .string(summary))]
        if case .object = key.type {
            members.append(("allOf", .array([.object(type(key.type))])))
        } else {
            members += type(key.type)
        }
        return .object(members)
    }

    private static func type(_ type: FormatType) -> [(String, JSONText)] {
        switch type {
        case .duration:
            return pattern(units: Quantity.durationUnits, example: "250 ms")
        case .rate: return pattern(units: Quantity.rateUnits, example: "80 req/s")
        case .cores: return pattern(units: Quantity.coreUnits, example: "2 cores")
        case .count(let range):
            return [
                ("type", .string("integer")), ("minimum", .integer(range.lowerBound)),
                ("maximum", .integer(range.upperBound)),
            ]
        case .number(let range, let excludesLowerBound):
            return [
                ("type", .string("number")),
                (
                    excludesLowerBound ? "exclusiveMinimum" : "minimum",
                    .number(range.lowerBound)
                ), ("maximum", .number(range.upperBound)),
            ]
        case .probability: return probability
        case .ratio(let range): return ratio(range)
        case .memory: return pattern(units: Quantity.memoryUnits, example: "512 MiB")
        case .processor: return pattern(units: Quantity.processorUnits, example: "500m")
        case .replicas: return replicas
        case .boolean: return [("type", .string("boolean"))]
        case .name: return name
        case .reference:
            // A name may look like a number, as may a name of an endpoint after the dot.
            let pattern = "^[A-Za-z0-9][A-Za-z0-9_-]*([.][A-Za-z0-9][A-Za-z0-9_-]*)?$"
            return [("type", textOrNumber), ("pattern", .string(pattern))]
        case .choice(let options): return [("enum", .array(options.map { .string($0) }))]
        case .file: return [("type", .string("string")), ("minLength", .integer(1))]
        case .list(let element, let count):
            return [
                ("type", .string("array")), ("items", .object(self.type(element))),
                ("minItems", .integer(count.lowerBound)), ("maxItems", .integer(count.upperBound)),
            ]
        case .named(let element, let count):
            return [
                ("type", .string("object")),
                ("propertyNames", .object([("pattern", .string(NameRule.pattern))])),
                ("additionalProperties", .object(self.type(element))),
                ("minProperties", .integer(count.lowerBound)),
                ("maxProperties", .integer(count.upperBound)),
            ]
        case .object(let name): return [("$ref", .string("#/definitions/\(name.rawValue)"))]
        case .anyOf(let types): return [("anyOf", .array(types.map { .object(self.type($0)) }))]
        }
    }

    private static let textOrNumber = JSONText.array([.string("string"), .string("number")])

    private static let name: [(String, JSONText)] = [
        ("type", textOrNumber), ("pattern", .string(NameRule.pattern)),
    ]

    private static let probability: [(String, JSONText)] = [
        (
            "anyOf",
            .array([
                .object([
                    ("type", .string("number")), ("minimum", .integer(0)),
                    ("maximum", .integer(1)),
                ]),
                .object([
                    ("type", .string("string")), ("pattern", .string("^\(number) *%?$")),
                ]),
            ])
        ),
        ("examples", .array([.string("30%")])),
    ]

    private static func ratio(_ range: ClosedRange<Double>) -> [(String, JSONText)] {
        [
            (
                "anyOf",
                .array([
                    .object([
                        ("type", .string("number")), ("minimum", .number(range.lowerBound)),
                        ("maximum", .number(range.upperBound)),
                    ]),
                    .object([
                        ("type", .string("string")), ("pattern", .string("^\(number) *%?$")),
                    ]),
                ])
            ),
            ("examples", .array([.string("30%")])),
        ]
    }

    private static let replicas: [(String, JSONText)] = [
        (
            "anyOf",
            .array([
                .object([("enum", .array([.string("all")]))]),
                .object([("type", .string("integer")), ("minimum", .integer(1))]),
                .object([("type", .string("string")), ("pattern", .string("^\(number) *%$"))]),
            ])
        ),
        ("examples", .array([.string("50%")])),
    ]

    private static let number = "[+]?([0-9][0-9_]*[.]?[0-9_]*|[.][0-9]+)([eE][+-]?[0-9]+)?"

    private static func pattern(
        units: Quantity.Units, example: String
    ) -> [(String, JSONText)] {
        let names = units.sizes.map(\.name).joined(separator: "|")
        return [
            ("type", .string("string")), ("pattern", .string("^\(number) *(\(names))$")),
            ("examples", .array([.string(example)])),
        ]
    }
}

/// JSON with its keys in the order given.
private indirect enum JSONText {
    case object([(String, JSONText)])
    case array([JSONText])
    case string(String)
    case integer(Int)
    case number(Double)
    case boolean(Bool)

    var text: String { text(indentation: "") }

    private func text(indentation: String) -> String {
        let inner = indentation + "  "
        switch self {
        case .object(let members):
            if members.isEmpty { return "{}" }
            let lines = members.map {
                "\(inner)\(Self.quoted($0.0)): \($0.1.text(indentation: inner))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indentation)}"
        case .array(let items):
            if items.isEmpty { return "[]" }
            let lines = items.map { inner + $0.text(indentation: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(indentation)]"
        case .string(let string): return Self.quoted(string)
        case .integer(let value): return String(value)
        case .number(let value):
            return value == value.rounded() ? String(Int(value)) : String(value)
        case .boolean(let value): return value ? "true" : "false"
        }
    }

    private static func quoted(_ string: String) -> String {
        var text = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

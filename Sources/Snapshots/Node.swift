/// A piece of a JSON or YAML text: what the readers work on.
package struct Node: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case null
        case bool(Bool)
        /// As written, so that no digit is lost.
        case number(String)
        case text(String)
        case list([Node])
        case map([String: Node])
    }

    /// From 1; 0 if it is not known.
    package var line = 0
    package var content: Content

    package init(_ content: Content, line: Int = 0) {
        self.content = content
        self.line = line
    }

    var isNull: Bool { content == .null }

    /// What kind of thing this is, for messages.
    var kind: String {
        switch content {
        case .null: "nothing"
        case .bool(let value): value ? "true" : "false"
        case .number(let text): "the number \(text)"
        case .text(let text): "\"\(text.prefix(40))\""
        case .list: "a list"
        case .map: "an object"
        }
    }
}

// MARK: Writing

extension Node: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self.init(.text(value)) }
    package init(booleanLiteral value: Bool) { self.init(.bool(value)) }
    package init(integerLiteral value: Int) { self.init(.number(String(value))) }
    package init(nilLiteral: ()) { self.init(.null) }

    package init(_ value: Int?) { self.init(value.map { .number(String($0)) } ?? .null) }
    /// `nil`, an infinite number and what is no number are null.
    package init(_ value: Double?) {
        self.init(value.flatMap { $0.isFinite ? .number("\($0)") : nil } ?? .null)
    }
    package init(_ value: String?) { self.init(value.map { .text($0) } ?? .null) }
    package init(_ value: Bool) { self.init(.bool(value)) }
    package init(_ values: [Node]) { self.init(.list(values)) }
    package init(_ values: [String: Node]) { self.init(.map(values)) }
}

/// A piece of a YAML text with its place: what the decoder works on.
struct YAMLNode {
    enum Content {
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([Entry])
    }

    /// A key of a mapping and its value.
    struct Entry {
        var key: String
        var keyLine: Int
        var keyColumn: Int
        var value: YAMLNode
    }

    /// From 1.
    var line: Int
    /// From 1, counted in Unicode scalars.
    var column: Int
    var content: Content

    /// Whether nothing was written here (`key:` or `key: null`).
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return text.isEmpty || text == "~" || text == "null"
    }

    /// What kind of thing this is, for messages.
    var kind: String {
        switch content {
        case .scalar: isNull ? "nothing" : "a single value"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// Where a value stands in a file: `services.a.endpoints.home[1].call.timeout`.
indirect enum FieldPath: CustomStringConvertible {
    case root
    case key(FieldPath, String)
    case index(FieldPath, Int)

    var description: String {
        var parts: [String] = []
        var current = self
        while true {
            switch current {
            case .root:
                return parts.reversed().joined()
            case .key(let parent, let name):
                if case .root = parent {
                    parts.append(name)
                } else {
                    parts.append("." + name)
                }
                current = parent
            case .index(let parent, let index):
                parts.append("[\(index)]")
                current = parent
            }
        }
    }
}

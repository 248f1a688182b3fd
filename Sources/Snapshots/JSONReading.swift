package import Foundation

/// Reading and writing of JSON by Foundation's coders.
package enum JSONText {
    /// 64 MiB.
    package static let largestSize = 64 * 1024 * 1024

    /// The tree of a JSON text.
    package static func read(_ data: Data) throws(SnapshotError) -> Node {
        guard data.count <= largestSize else {
            throw SnapshotError(
                message: "the input is larger than 64 MiB", remedy: "split it into several arrays")
        }
        do {
            return try JSONDecoder().decode(Node.self, from: data)
        } catch {
            throw refusal(of: data)
        }
    }

    /// Why a text is no JSON. The decoder does not say; the older parser does, with the place.
    private static func refusal(of data: Data) -> SnapshotError {
        var reason = "it cannot be parsed"
        var line = 0
        do {
            _ = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
        } catch {
            let text = (error as NSError).userInfo["NSDebugDescription"] as? String
            let parts = (text ?? reason).split(separator: " around character ")
            reason = parts.first.map(String.init) ?? reason
            if parts.count == 2, let offset = Int(parts[1].prefix { $0.isNumber }) {
                let before = data.prefix(offset)
                line = 1 + before.count { $0 == UInt8(ascii: "\n") }
                let column = 1 + before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count
                reason += ", column \(column)"
            }
        }
        while reason.last == "." { reason.removeLast() }
        return SnapshotError(
            line: line, message: "not JSON: \(reason)",
            remedy: "check the text with a JSON checker; docs/evaluate.md has an example")
    }

    /// The text of a tree, with sorted keys, indented.
    package static func write(_ node: Node) -> String {
        write(node, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    /// The text of a tree, with sorted keys, in one line.
    package static func line(_ node: Node) -> String {
        write(node, [.sortedKeys, .withoutEscapingSlashes])
    }

    private static func write(_ node: Node, _ formatting: JSONEncoder.OutputFormatting) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        // A tree of texts and finite numbers can always be written.
        let data = (try? encoder.encode(node)) ?? Data("null".utf8)
        return String(decoding: data, as: UTF8.self)
    }
}

extension Node: Codable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package init(from decoder: any Decoder) throws {
        if let map = try? decoder.container(keyedBy: Key.self) {
            var values: [String: Node] = [:]
            for key in map.allKeys {
                values[key.stringValue] = try map.decode(Node.self, forKey: key)
            }
            self.init(.map(values))
            return
        }
        if var list = try? decoder.unkeyedContainer() {
            var values: [Node] = []
            while !list.isAtEnd { values.append(try list.decode(Node.self)) }
            self.init(.list(values))
            return
        }
        let value = try decoder.singleValueContainer()
        if let text = try? value.decode(String.self) {
            self.init(.text(text))
        } else if value.decodeNil() {
            self.init(.null)
        } else if let bool = try? value.decode(Bool.self) {
            self.init(.bool(bool))
        } else if let whole = try? value.decode(Int64.self) {
            self.init(.number(String(whole)))
        } else if let whole = try? value.decode(UInt64.self) {
            self.init(.number(String(whole)))
        } else {
            self.init(.number("\(try value.decode(Double.self))"))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch content {
        case .map(let values):
            var map = encoder.container(keyedBy: Key.self)
            for (key, value) in values {
                try map.encode(value, forKey: Key(stringValue: key))
            }
        case .list(let values):
            var list = encoder.unkeyedContainer()
            for value in values { try list.encode(value) }
        case .null:
            var value = encoder.singleValueContainer()
            try value.encodeNil()
        case .bool(let bool):
            var value = encoder.singleValueContainer()
            try value.encode(bool)
        case .text(let text):
            var value = encoder.singleValueContainer()
            try value.encode(text)
        case .number(let text):
            var value = encoder.singleValueContainer()
            if let whole = Int64(text) {
                try value.encode(whole)
            } else if let whole = UInt64(text) {
                try value.encode(whole)
            } else {
                try value.encode(Double(text) ?? 0)
            }
        }
    }
}

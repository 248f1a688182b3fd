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
        } catch let DecodingError.dataCorrupted(context) {
            throw SnapshotError(
                path: path(context.codingPath), message: "not JSON: \(reason(context))",
                remedy: "check the text with a JSON checker; docs/evaluate.md has an example")
        } catch {
            throw SnapshotError(
                message: "not JSON: \(error)", remedy: "check the text with a JSON checker")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.reduce(into: "") { path, key in
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += path.isEmpty ? key.stringValue : ".\(key.stringValue)"
            }
        }
    }

    /// What Foundation says, without its frame.
    private static func reason(_ context: DecodingError.Context) -> String {
        guard let error = context.underlyingError as? NSError,
            let text = error.userInfo["NSDebugDescription"] as? String
        else { return context.debugDescription }
        return text
    }

    /// The text of a tree, with sorted keys, indented.
    package static func write(_ node: Node) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
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
            } else {
                try value.encode(Double(text) ?? 0)
            }
        }
    }
}

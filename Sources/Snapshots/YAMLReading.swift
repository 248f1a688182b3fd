import Yams

/// Reading of YAML by Yams.
enum YAMLText {
    /// 16 MiB.
    static let largestSize = 16 * 1024 * 1024
    /// Values in one text, aliases written out: a few lines of them can stand for gigabytes.
    static let mostNodes = 1_000_000
    static let deepest = 256

    /// The trees of the documents of a text; empty documents are left out.
    static func documents(in text: String) throws(SnapshotError) -> [Node] {
        guard text.utf8.count <= largestSize else {
            throw SnapshotError(
                message: "the file is larger than 16 MiB", remedy: "split it into several files")
        }
        do {
            var left = mostNodes
            var found: [Node] = []
            var documents = try compose_all(yaml: text, .basic, .default, .utf8)
            while let document = documents.next() {
                let node = try node(document, depth: 0, left: &left)
                if !node.isNull { found.append(node) }
            }
            if let error = documents.error { throw error }
            return found
        } catch let error as SnapshotError {
            throw error
        } catch let error as YamlError {
            throw refusal(error)
        } catch {
            throw SnapshotError(
                message: "cannot be read as YAML: \(error)",
                remedy: "check the file with a YAML checker")
        }
    }

    private static func node(
        _ source: Yams.Node, depth: Int, left: inout Int
    ) throws(SnapshotError) -> Node {
        let line = source.mark?.line ?? 0
        left -= 1
        guard depth < deepest, left >= 0 else {
            throw SnapshotError(
                line: line, message: "the file has too many values, or too deep ones",
                remedy: "write aliases out, and split the file")
        }
        switch source {
        case .scalar(let scalar):
            return Node(content(of: scalar), line: line)
        case .sequence(let sequence):
            var items: [Node] = []
            for item in sequence {
                items.append(try node(item, depth: depth + 1, left: &left))
            }
            return Node(.list(items), line: line)
        case .mapping(let mapping):
            var values: [String: Node] = [:]
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    throw SnapshotError(
                        line: key.mark?.line ?? line, message: "a key must be a single word",
                        remedy: "write `key: value`")
                }
                values[name.string] = try node(value, depth: depth + 1, left: &left)
            }
            return Node(.map(values), line: line)
        case .alias:
            throw SnapshotError(
                line: line, message: "an alias of nothing", remedy: "write the value out")
        }
    }

    /// A plain scalar by the rules of YAML 1.2's core schema, as Kubernetes' tools read it.
    private static func content(of scalar: Yams.Node.Scalar) -> Node.Content {
        let text = scalar.string
        guard scalar.style == .plain || scalar.style == .any else { return .text(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: return isNumber(text) ? .number(text) : .text(text)
        }
    }

    private static func isNumber(_ text: String) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last,
            first == UInt8(ascii: "-") || first == UInt8(ascii: "+") || isDigit(first)
                || first == UInt8(ascii: "."), isDigit(last) || last == UInt8(ascii: ".")
        else { return false }
        let isDecimal = text.utf8.allSatisfy {
            isDigit($0) || "+-.eE".utf8.contains($0)
        }
        return isDecimal && Double(text) != nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    private static func refusal(_ error: YamlError) -> SnapshotError {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            SnapshotError(
                line: mark.line,
                message: "malformed YAML: \(problem)"
                    + (context.map { " (\($0.text), line \($0.mark.line))" } ?? ""),
                remedy: "check indentation, brackets and quotation marks around this line")
        case .duplicatedKeysInMapping(let keys, let context):
            SnapshotError(
                line: context.mark.line,
                message: "keys appear twice in one mapping: "
                    + keys.sorted().joined(separator: ", "),
                remedy: "remove or rename one of them")
        default:
            SnapshotError(
                message: "malformed YAML: \(error)", remedy: "check that this is a text file")
        }
    }
}

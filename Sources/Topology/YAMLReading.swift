import Yams

extension YAMLNode {
    /// The tree of a YAML text, or nil after logging why there is none.
    ///
    /// The only place that knows the YAML library.
    static func parse(_ text: String, log: DiagnosticLog) -> YAMLNode? {
        // The library would count a byte order mark as indentation of the first line.
        let text =
            text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        if let finding = YAMLScan.firstFinding(in: text) {
            log.add(
                line: finding.line, column: finding.column, message: finding.message,
                remedy: finding.remedy)
            return nil
        }
        do {
            guard let root = try compose(yaml: text, .basic, .default, .utf8) else {
                log.addEmptyFile()
                return nil
            }
            let reader = YAMLTreeReader(log: log)
            let node = reader.node(from: root, depth: 0)
            if let node, node.isNull {
                log.addEmptyFile()
                return nil
            }
            return node
        } catch let error as YamlError {
            YAMLProblem(error, text: text).report(to: log)
        } catch {
            log.add(
                line: 0, column: 0, message: "cannot be read as YAML: \(error)",
                remedy: "check the file with a YAML checker")
        }
        return nil
    }
}

extension DiagnosticLog {
    fileprivate func addEmptyFile() {
        add(
            line: 0, column: 0, message: "the file is empty",
            remedy: "start from a topology in the folder topologies/, or from docs/topology.md")
    }
}

/// Turns the library's tree into ours.
private struct YAMLTreeReader {
    static let deepest = 64
    let log: DiagnosticLog

    func node(from source: Node, depth: Int) -> YAMLNode? {
        let line = source.mark?.line ?? 0
        let column = source.mark?.column ?? 0
        guard depth < Self.deepest else {
            log.add(
                line: line, column: column,
                message: "values are nested more than \(Self.deepest) deep",
                remedy: "a topology needs fewer than ten levels; check the indentation")
            return nil
        }
        switch source {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain
            return YAMLNode(
                line: line, column: column, content: .scalar(scalar.string, isPlain: isPlain))
        case .sequence(let sequence):
            let items = sequence.compactMap { node(from: $0, depth: depth + 1) }
            return YAMLNode(line: line, column: column, content: .sequence(items))
        case .mapping(let mapping):
            let entries = mapping.compactMap { entry(from: $0.key, $0.value, depth: depth + 1) }
            return YAMLNode(line: line, column: column, content: .mapping(entries))
        case .alias:
            return nil
        }
    }

    private func entry(from key: Node, _ value: Node, depth: Int) -> YAMLNode.Entry? {
        guard case .scalar(let name) = key else {
            log.add(
                line: key.mark?.line ?? 0, column: key.mark?.column ?? 0,
                message: "a key must be a single word", remedy: "write `key: value`")
            return nil
        }
        guard let value = node(from: value, depth: depth) else { return nil }
        return YAMLNode.Entry(
            key: name.string, keyLine: key.mark?.line ?? 0, keyColumn: key.mark?.column ?? 0,
            value: value)
    }
}

/// A syntax error of the YAML library in words for users.
private struct YAMLProblem {
    private var line = 0
    private var column = 0
    private var message = ""
    private var remedy = "correct the YAML; docs/topology.md has a full example"

    init(_ error: YamlError, text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            line = mark.line
            column = mark.column
            message = "malformed YAML: " + Self.sentence(problem, context)
            remedy = Self.remedy(for: problem, line: Self.line(mark.line, of: text)) ?? remedy
        case .duplicatedKeysInMapping(let names, let context):
            takeDuplicates(names, first: context.mark, text: text)
        case .reader(let problem, let offset, _, _):
            takeReader(problem, offset: offset, text: text)
        case .memory:
            message = "values are nested too deeply, or there is too little memory"
            remedy = "a topology needs fewer than ten levels; check the indentation"
        case .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            message = "malformed YAML: \(error)"
        }
    }

    func report(to log: DiagnosticLog) {
        log.add(line: line, column: column, message: message, remedy: remedy)
    }

    private static func sentence(_ problem: String, _ context: YamlError.Context?) -> String {
        if problem.contains("another document") { return "a second document begins here" }
        guard let context else { return problem }
        return "\(problem) (\(context.text), line \(context.mark.line))"
    }

    private static func remedy(for problem: String, line: Substring) -> String? {
        if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
            return "indent with spaces; YAML does not allow tabs"
        }
        if problem.contains("another document") {
            return "keep one topology in a file; remove the line `---` and what follows"
        }
        if problem.contains("mapping values are not allowed") {
            return
                "put a line break and indentation before this key, or quote the text with the colon"
        }
        if problem.contains("could not find expected ':'") {
            return "write `key: value`, with a colon and a space after the key"
        }
        if problem.contains("expected <block end>") {
            return "line this up with the lines above it"
        }
        if problem.contains("unexpected end of stream") || problem.contains("',' or") {
            return "close the bracket or the quotation mark"
        }
        return nil
    }

    private mutating func takeDuplicates(_ names: [String], first: Mark, text: String) {
        let sorted = names.sorted()
        let name = sorted.first ?? ""
        let again = Self.repetition(of: name, after: first, in: text)
        line = again ?? first.line
        column = first.column
        message = "the key `\(name)` appears twice in one mapping"
        if again != nil { message += ", first in line \(first.line)" }
        if sorted.count > 1 {
            let others = sorted.dropFirst().map { "`\($0)`" }.joined(separator: ", ")
            message += "; so do \(others)"
        }
        remedy = "remove or rename one of them"
    }

    /// The line after `first` that has `name` as its key in the same column.
    private static func repetition(of name: String, after first: Mark, in text: String) -> Int? {
        let indentation = first.column - 1
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            guard number > first.line else { continue }
            let rest = line.unicodeScalars.dropFirst(indentation)
            let isIndented = line.unicodeScalars.prefix(indentation).allSatisfy { $0 == " " }
            for spelling in [name, "\"\(name)\"", "'\(name)'"]
            where isIndented && String(rest).hasPrefix(spelling + ":") {
                return number
            }
        }
        return nil
    }

    private mutating func takeReader(_ problem: String, offset: Int?, text: String) {
        message = "malformed YAML: \(problem)"
        remedy = "remove the character; if there are many, this is not a text file"
        guard let offset else { return }
        line = 1
        column = 1
        for character in text.prefix(offset) {
            if character.isNewline {
                line += 1
                column = 1
            } else {
                column += character.unicodeScalars.count
            }
        }
    }

    private static func line(_ number: Int, of text: String) -> Substring {
        var remaining = number
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            remaining -= 1
            if remaining == 0 { return line }
        }
        return ""
    }
}

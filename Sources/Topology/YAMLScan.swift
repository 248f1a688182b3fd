/// A look at the bytes of a YAML text before the parser sees them.
///
/// The parser builds a tree of everything, so what could make that tree huge is refused first:
/// anchors and aliases (a few lines of them expand to gigabytes), millions of values, and deep nesting.
/// Linear in the bytes; no memory of its own.
struct YAMLScan {
    /// Values and keys in one file.
    static let mostTokens = 3_000_000
    /// Brackets inside brackets.
    static let deepestNesting = 64

    struct Finding: Hashable {
        var line: Int
        var column: Int
        var message: String
        var remedy: String
    }

    private var line = 1
    private var column = 0
    private var tokens = 0
    private var depth = 0
    /// Whether the next character that is not white space begins a token.
    private var atTokenStart = true
    private var inComment = false
    private var quote: UInt8?
    private var escaped = false
    private var previous = UInt8(ascii: "\n")

    /// The first thing that must not reach the parser, if any.
    static func firstFinding(in text: String) -> Finding? {
        var scan = YAMLScan()
        for byte in text.utf8 {
            if let finding = scan.take(byte) { return finding }
        }
        return nil
    }

    private mutating func take(_ byte: UInt8) -> Finding? {
        // Continuation bytes belong to the scalar before; columns count scalars.
        if byte & 0xC0 != 0x80 { column += 1 }
        defer { previous = byte }
        if byte < 0x20, byte != 0x09, byte != 0x0A, byte != 0x0D {
            return controlCharacter(byte)
        }
        if byte == 0x7F { return controlCharacter(byte) }
        if byte == UInt8(ascii: "\n") {
            line += 1
            column = 0
            inComment = false
            if quote == nil { atTokenStart = true }
            escaped = false
            return nil
        }
        if inComment { return nil }
        if let open = quote {
            takeQuoted(byte, until: open)
            return nil
        }
        return takePlain(byte)
    }

    private mutating func takeQuoted(_ byte: UInt8, until open: UInt8) {
        if escaped {
            escaped = false
        } else if byte == UInt8(ascii: "\\"), open == UInt8(ascii: "\"") {
            escaped = true
        } else if byte == open {
            // A doubled single quote closes and opens again, which comes to the same.
            quote = nil
            atTokenStart = false
        }
    }

    private mutating func takePlain(_ byte: UInt8) -> Finding? {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
            if previous == UInt8(ascii: ":") { atTokenStart = true }
        case UInt8(ascii: "#") where isBlank(previous):
            inComment = true
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            guard atTokenStart else { return nil }
            depth += 1
            if depth > Self.deepestNesting { return tooDeep }
            return countToken()
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
            depth = max(0, depth - 1)
            atTokenStart = false
        case UInt8(ascii: ","):
            if depth > 0 { atTokenStart = true }
            return countToken()
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            // Reopening right after closing is the doubled quote.
            if atTokenStart || previous == byte {
                quote = byte
                return countToken()
            }
        case UInt8(ascii: "&"), UInt8(ascii: "*"):
            if atTokenStart || (depth > 0 && previous == UInt8(ascii: ":")) {
                return anchorOrAlias
            }
        case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
            // Indicators when a blank follows; else the start of a word, as `-1` is.
            if atTokenStart, byte != UInt8(ascii: "-") { return countToken() }
        case UInt8(ascii: "!"):
            if atTokenStart { return tag }
        default:
            guard atTokenStart else { return nil }
            atTokenStart = false
            return countToken()
        }
        return nil
    }

    private func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n")
            || byte == UInt8(ascii: "\r")
    }

    private mutating func countToken() -> Finding? {
        tokens += 1
        guard tokens > Self.mostTokens else { return nil }
        return finding(
            "the file has more than \(Self.mostTokens) values",
            "split the system into several topologies, or check that this is the right file")
    }

    private var anchorOrAlias: Finding {
        finding(
            "YAML anchors (&name) and aliases (*name) are not supported",
            "write the value out at each place; quote the text if it is meant to start so")
    }

    private var tag: Finding {
        finding(
            "YAML tags (!name) are not supported",
            "remove the tag; quote the text if it is meant to start so")
    }

    private var tooDeep: Finding {
        finding(
            "brackets are nested more than \(Self.deepestNesting) deep",
            "a topology needs fewer than ten levels; check the brackets of this line")
    }

    private func controlCharacter(_ byte: UInt8) -> Finding {
        finding(
            "control character 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))",
            "remove it; if the file is full of them, it is not a text file")
    }

    private func finding(_ message: String, _ remedy: String) -> Finding {
        Finding(line: line, column: column, message: message, remedy: remedy)
    }
}

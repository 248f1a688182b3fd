/// JSON as it is written, piece by piece, into a buffer that the owner empties.
///
/// Foundation's encoder took six times as long for spans (docs/decisions/0009-traces.md).
struct JSONText {
    var bytes: [UInt8] = []
    /// Whether the next member or element has one before it.
    private var follows = false

    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    mutating func begin(_ bracket: Unicode.Scalar) {
        separate()
        bytes.append(UInt8(ascii: bracket))
        follows = false
    }

    mutating func end(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        follows = true
    }

    /// The name of a member; its value follows.
    mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        raw(name)
        raw("\":")
        follows = false
    }

    mutating func key(_ name: String) {
        separate()
        string(name)
        raw(":")
        follows = false
    }

    mutating func value(_ text: String) {
        separate()
        string(text)
        follows = true
    }

    mutating func value(_ number: Int64) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
        follows = true
    }

    /// A number in quotes, as protocols write those of 64 bits.
    mutating func quoted(_ number: Int64) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: String(number).utf8)
        bytes.append(UInt8(ascii: "\""))
        follows = true
    }

    mutating func value(_ isTrue: Bool) {
        separate()
        raw(isTrue ? "true" : "false")
        follows = true
    }

    /// Begins a line: the next element follows whatever was written before the buffer was emptied.
    mutating func line(isFirst: Bool) {
        raw(isFirst ? "\n" : ",\n")
        follows = false
    }

    private mutating func separate() {
        if follows { bytes.append(UInt8(ascii: ",")) }
    }

    /// Quotes, backslashes and control characters are escaped (RFC 8259).
    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                raw("\\u00")
                let digits: [UInt8] = Array("0123456789abcdef".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

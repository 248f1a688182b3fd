/// Bytes as people read them: two digits each, in groups of four.
func hexadecimal(_ bytes: [UInt8]) -> String {
    var text = ""
    for (index, byte) in bytes.enumerated() {
        if index > 0 && index % 4 == 0 { text += " " }
        text += byte < 16 ? "0" : ""
        text += String(byte, radix: 16)
    }
    return text
}

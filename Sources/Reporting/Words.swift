import Foundation

/// A number with about three digits: 0.00123, 12.3, 1,230, 45,600.
func short(_ value: Double) -> String {
    if value == 0 { return "0" }
    let size = abs(value)
    if size >= 1_000 { return grouped(Int(value.rounded())) }
    let digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 5
    var text = String(format: "%.\(digits)f", value)
    if text.contains(".") {
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
    }
    return text
}

/// 1,234,567.
func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % 3 == 0 { text += "," }
        text.append(digit)
    }
    return value < 0 ? "-" + text : text
}

/// A duration: 410 µs, 12.3 ms, 1.25 s, 2.1 h.
func duration(_ seconds: Double) -> String {
    switch abs(seconds) {
    case 0: "0 s"
    case ..<1e-3: short(seconds * 1e6) + " µs"
    case ..<1: short(seconds * 1e3) + " ms"
    case ..<7_200: short(seconds) + " s"
    default: short(seconds / 3_600) + " h"
    }
}

/// A share of one, never rounded to a false 0 or 100.
func percentage(_ share: Double) -> String {
    if share >= 1 { return "100 %" }
    if share > 0.9995 { return "99.9 %" }
    if share > 0, share < 0.0005 { return "<0.1 %" }
    return String(format: "%.1f %%", share * 100)
}

/// Text inside HTML and SVG, also inside double quotes.
func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        .replacing("\"", with: "&quot;")
}

/// A coordinate without needless digits.
func coordinate(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let rest = tenths.magnitude % 10
    let sign = tenths < 0 ? "-" : ""
    return sign + String(tenths.magnitude / 10) + (rest == 0 ? "" : ".\(rest)")
}

/// A topology drawn from a number: a tree of services with everything that makes work useless.
///
/// Users come for two seconds of the eight, so that nothing is under way at the end.
func randomTopology(_ number: UInt64) -> String {
    var source = Source(state: number &* 0x9E37_79B9_7F4A_7C15 &+ 1)
    let count = source.index(4) + 2
    var text = """
        name: random-\(number)
        duration: 8 s
        network: { latency: { exponential: 0.4 ms, atLeast: 0.2 ms } }
        services:

        """
    for service in 0..<count {
        let callees = (service + 1..<count).filter { $0 == service + 1 || source.isTrue(0.3) }
        text += "  s\(service):\n"
        text += "    replicas: \(source.index(3) + 1)\n    cores: \(source.index(3) + 1) cores\n"
        if source.isTrue(0.6) {
            text += "    threads: \(source.index(8) + 2)\n"
            if source.isTrue(0.6) { text += "    queue: \(source.index(10))\n" }
        }
        if source.isTrue(0.25) { text += "    scheduling: processor-sharing\n" }
        if source.isTrue(0.25) { text += "    errorWork: 2 ms\n" }
        if !callees.isEmpty {
            text += "    calls:\n"
            for callee in callees where source.isTrue(0.7) {
                text += "      s\(callee): { \(policy(&source)) }\n"
            }
            if text.hasSuffix("calls:\n") { text.removeLast("    calls:\n".count) }
        }
        text += "    steps:\n      - compute: { exponential: \(source.index(12) + 1) ms }\n"
        if source.isTrue(0.2) { text += "      - fail: 5%\n" }
        for callee in callees {
            let optional = source.isTrue(0.3) ? ", optional: true" : ""
            text +=
                "      - call: { service: s\(callee), timeout: \(source.index(60) + 5) ms\(optional) }\n"
        }
        if source.isTrue(0.3) { text += "      - compute: 1 ms\n" }
    }
    text += """
        arrivals:
          users:
            to: s0
            rate: { steps: [{ at: 0 s, rate: \(source.index(300) + 50) req/s }, { at: 2 s, rate: 0 req/s }] }
            timeout: \(source.index(200) + 20) ms

        """
    if source.isTrue(0.5) {
        text += "faults:\n"
        text +=
            "  lossy: { loss: { from: s0, to: s1, probability: 5% }, from: 0.5 s, until: 1 s }\n"
        text += "  crash: { kill: { service: s\(source.index(count)) }, at: 1.2 s }\n"
    }
    return text
}

private func policy(_ source: inout Source) -> String {
    var parts: [String] = []
    if source.isTrue(0.7) { parts.append("retries: { attempts: \(source.index(4) + 1) }") }
    if source.isTrue(0.3) { parts.append("hedge: { after: \(source.index(10) + 2) ms }") }
    if source.isTrue(0.3) { parts.append("cancel: true") }
    if source.isTrue(0.3) { parts.append("propagateDeadline: true") }
    if source.isTrue(0.2) {
        parts.append("breaker: { consecutive: 5, openFor: 100 ms }")
    }
    if source.isTrue(0.2) { parts.append("bulkhead: { size: \(source.index(10) + 1) }") }
    if parts.isEmpty { parts.append("cancel: true") }
    return parts.joined(separator: ", ")
}

/// SplitMix64.
private struct Source {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
    mutating func index(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func isTrue(_ share: Double) -> Bool { Double(next() >> 11) * 0x1p-53 < share }
}

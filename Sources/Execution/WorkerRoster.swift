import Coordination
import Processes

/// What the driver knows of each worker process besides its messages.
struct WorkerRoster {
    /// By worker: for people.
    let names: [String]
    /// By worker: when it was last given something to answer; `nil` when nothing is owed.
    private var owedSince: [ContinuousClock.Instant?]
    /// By worker: its routing identity, known from its first message.
    private(set) var identities: [[UInt8]]

    init(names: [String], now: ContinuousClock.Instant) {
        self.names = names
        owedSince = Array(repeating: now, count: names.count)
        identities = Array(repeating: [], count: names.count)
    }

    mutating func noteMessage(from worker: Int, identity: [UInt8]) {
        identities[worker] = identity
        owedSince[worker] = nil
    }

    mutating func noteSent(to worker: Int, at now: ContinuousClock.Instant) {
        owedSince[worker] = now
    }

    /// The first worker that has owed an answer for longer than the limit.
    func silent(at now: ContinuousClock.Instant, limit: Duration) -> Int? {
        owedSince.firstIndex { since in since.map { now - $0 > limit } ?? false }
    }

    /// The worker that an identity "INDEX.INCARNATION" names.
    func worker(of identity: UnsafeRawBufferPointer) -> Int? {
        var number = 0
        var digits = 0
        for byte in identity {
            if byte == UInt8(ascii: ".") { break }
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), digits < 9 else {
                return nil
            }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
            digits += 1
        }
        return digits > 0 && number < names.count ? number : nil
    }
}

package import Kernel

/// A sum over the last stretch of time, the window, kept in ten parts.
///
/// What is added is counted for between nine tenths of the window and the whole of it. The window is
/// not stored: pass the same one every time.
package struct SlidingCount: BitwiseCopyable, Sendable {
    private var parts: InlineArray<10, Int64>
    /// The start of the newest part.
    private var since: SimulatedInstant
    private var total: Int64
    private var newest: Int64

    package init(at now: SimulatedInstant = .start) {
        parts = InlineArray(repeating: 0)
        since = now
        total = 0
        newest = 0
    }

    /// Where the parts begin.
    package enum Alignment: Sendable {
        /// At whole multiples of the window's tenth after the start.
        case fixed
        /// At the first use after the part before was over, as Twitter's WindowedAdder does it.
        case atUse
    }

    /// The sum over the window that ends at `now`. O(1).
    package mutating func sum(
        at now: SimulatedInstant, window: SimulatedDuration, _ alignment: Alignment = .fixed
    ) -> Int64 {
        advance(to: now, window, alignment)
        return total
    }

    package mutating func add(
        _ amount: Int64, at now: SimulatedInstant, window: SimulatedDuration,
        _ alignment: Alignment = .fixed
    ) {
        advance(to: now, window, alignment)
        parts[Int(newest)] &+= amount
        total &+= amount
    }

    private mutating func advance(
        to now: SimulatedInstant, _ window: SimulatedDuration, _ alignment: Alignment
    ) {
        let width = max(1, window.nanoseconds / 10)
        let elapsed = now.nanoseconds - since.nanoseconds
        if elapsed < width { return }
        let steps = elapsed / width
        if steps >= 10 {
            parts = InlineArray(repeating: 0)
            total = 0
        } else {
            for _ in 0..<steps {
                newest = newest == 9 ? 0 : newest + 1
                total &-= parts[Int(newest)]
                parts[Int(newest)] = 0
            }
        }
        since =
            alignment == .atUse
            ? now : SimulatedInstant(nanoseconds: now.nanoseconds - elapsed % width)
    }

    package var isValid: Bool {
        var sum: Int64 = 0
        for index in parts.indices { sum &+= parts[index] }
        return newest >= 0 && newest < 10 && since.nanoseconds >= 0 && sum == total
            && total.magnitude < 1 << 62
    }
}

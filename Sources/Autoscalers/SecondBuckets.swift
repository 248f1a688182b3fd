import Kernel

/// Sums by the second over a window, and their average.
///
/// Follows `TimedFloat64Buckets` of Knative's `pkg/autoscaler/aggregation/bucketing.go`: an average is over the seconds
/// since the first value, at most a window of them, and over all seconds between the first value and the last
/// even if some had none.
struct SecondBuckets: Hashable, Sendable {
    private let count: Int64
    /// By second modulo `count`.
    private var sums: [Double]
    private var first: Int64?
    private var last: Int64 = 0

    init(window: SimulatedDuration) {
        count = min(max(1, window.nanoseconds / 1_000_000_000), 86_400)
        sums = Array(repeating: 0, count: Int(count))
    }

    private func second(_ instant: SimulatedInstant) -> Int64 {
        let whole = instant.nanoseconds / 1_000_000_000
        return instant.nanoseconds % 1_000_000_000 < 0 ? whole - 1 : whole
    }

    private func slot(_ second: Int64) -> Int { Int((second % count + count) % count) }

    /// Adds to the second of an instant; what is older than the window is left out. Constant time on average.
    mutating func record(_ value: Double, at instant: SimulatedInstant) {
        let second = second(instant)
        guard let began = first else {
            first = second
            last = second
            sums[slot(second)] = value
            return
        }
        if second > last {
            if second - last >= count {
                for place in sums.indices { sums[place] = 0 }
                // Nothing for a window: as if nothing had ever been.
                first = second
            } else {
                for between in (last + 1)...second { sums[slot(between)] = 0 }
            }
            last = second
        } else if last - second >= count {
            return
        } else if second < began {
            first = second
        }
        sums[slot(second)] += value
    }

    /// Whether there is nothing in the window before `now`.
    func isEmpty(at now: SimulatedInstant) -> Bool {
        first == nil || second(now) - last > count
    }

    /// The average a second, rounded to six decimal places. Linear in the window.
    func average(at now: SimulatedInstant) -> Double {
        guard let first else { return 0 }
        let silent = max(0, second(now) - last)
        guard silent < count else { return 0 }
        var sum = 0.0
        let kept = min(last - first + 1, count - silent)
        for second in (last - (count - silent) + 1)...last where second >= first {
            sum += sums[slot(second)]
        }
        return (sum / Double(kept) * 1e6).rounded() / 1e6
    }
}

/// The largest size of a window, by steps of two seconds: `pkg/autoscaler/aggregation/max/timewindow.go`.
struct LargestOfWindow: Hashable, Sendable {
    private let steps: Int64
    private var entries: [Entry] = []

    private struct Entry: Hashable, Sendable {
        var step: Int64
        var value: Int
    }

    init(window: SimulatedDuration) {
        let tick = KnativeSpec.tick.nanoseconds
        steps = (window.nanoseconds - 1) / tick + 1
    }

    /// Notes a value and gives the largest of the window that ends with it.
    mutating func record(_ value: Int, at now: SimulatedInstant) -> Int {
        let step = now.nanoseconds / KnativeSpec.tick.nanoseconds
        entries.removeAll { step - $0.step >= steps || $0.value <= value }
        entries.append(Entry(step: step, value: value))
        return entries.reduce(value) { max($0, $1.value) }
    }
}

package import Kernel

/// Chooses how long the next window is: whatever has lately committed the most simulated time in a
/// unit of wall time.
///
/// Lengths are powers of two of a base. The controller remembers the speed at each length, tries the
/// neighbours of the present one when their figures are old, and moves to the best. The wall time is
/// an input, so decisions differ from run to run; results do not, since they do not depend on windows.
package struct WindowController: Sendable {
    private let base: SimulatedDuration
    /// Whether windows always have the length that the user chose.
    package let isFixed: Bool
    private var level: Int
    private let topLevel: Int
    private var speeds: [Double?]
    /// Windows since the speed at a level was measured.
    private var ages: [Int]
    private var windowsHere = 0

    /// Speeds older than this many windows are measured again.
    private static let patience = 24

    /// A window of this length, always.
    package init(fixed length: SimulatedDuration) {
        base = length
        isFixed = true
        level = 0
        topLevel = 0
        speeds = [nil]
        ages = [0]
    }

    /// Between one lookahead and four seconds, or four lookaheads if that is longer.
    package init(lookahead: SimulatedDuration) {
        base = max(lookahead, SimulatedDuration(nanoseconds: 1))
        isFixed = false
        let longest = max(SimulatedDuration.seconds(4).nanoseconds, base.nanoseconds * 4)
        var top = 0
        while base.nanoseconds << (top + 1) <= longest { top += 1 }
        topLevel = top
        level = min(top, 9)
        speeds = Array(repeating: nil, count: top + 1)
        ages = Array(repeating: 0, count: top + 1)
    }

    /// The length of the next window.
    package var length: SimulatedDuration {
        SimulatedDuration(nanoseconds: base.nanoseconds << level)
    }

    /// Chooses at most this length from now on, after a window had to be cut to it.
    package mutating func retreat(to length: SimulatedDuration) {
        guard !isFixed else { return }
        let before = level
        while level > 0 && base.nanoseconds << level > length.nanoseconds { level -= 1 }
        // The lengths in between are known to be bad; how bad was not measured.
        if level < before {
            for index in (level + 1)...before {
                speeds[index] = 0
                ages[index] = 0
            }
        }
        windowsHere = 0
    }

    /// Learns from a committed window.
    ///
    /// - Parameters:
    ///   - simulated: the simulated time it covered.
    ///   - wallTime: what it took, in nanoseconds.
    ///   - sweeps: passes over the call graph it needed; two are the least in a system with answers.
    package mutating func note(simulated: SimulatedDuration, wallTime: UInt64, sweeps: Int) {
        guard !isFixed else { return }
        let speed = Double(simulated.nanoseconds) / Double(max(wallTime, 1))
        if let known = speeds[level], known > 0, ages[level] <= Self.patience {
            speeds[level] = known + 0.4 * (speed - known)
        } else {
            speeds[level] = speed
        }
        for index in ages.indices { ages[index] += 1 }
        ages[level] = 0
        windowsHere += 1
        let isUntried = level < topLevel && speeds[level + 1] == nil
        if windowsHere >= 2 || sweeps > 40 || (sweeps <= 2 && isUntried) { move(sweeps: sweeps) }
    }

    private mutating func move(sweeps: Int) {
        windowsHere = 0
        let up = level + 1
        let down = level - 1
        let present = speeds[level] ?? 0
        // Few sweeps cannot be made fewer by shorter windows; many ask for them.
        let order = sweeps > 6 ? [down, up] : [up, down]
        for next in order where (0...topLevel).contains(next) {
            if next == down && sweeps <= 3 { continue }
            let isOld = speeds[next] == nil || ages[next] > Self.patience
            if isOld {
                level = next
                return
            }
        }
        var best = level
        var bestSpeed = present * 1.03
        for next in [down, up] where (0...topLevel).contains(next) {
            if let speed = speeds[next], speed > bestSpeed {
                best = next
                bestSpeed = speed
            }
        }
        level = best
    }
}

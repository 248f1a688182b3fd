import Coordination
import Kernel
import Testing

/// The length of windows against systems whose cost is a made-up function of it.
struct WindowControllerTests {
    /// Wall time that a window costs: something for each window, more for each sweep over it.
    private func wallTime(
        _ length: SimulatedDuration, fixed: Double, turn: Double
    ) -> (nanoseconds: UInt64, sweeps: Int) {
        let seconds = Double(length.nanoseconds) / 1e9
        let sweeps = 2 + seconds / turn
        return (UInt64((fixed + sweeps * seconds * 0.05 + seconds * 0.01) * 1e9), Int(sweeps))
    }

    private func speed(_ length: SimulatedDuration, fixed: Double, turn: Double) -> Double {
        Double(length.nanoseconds) / Double(wallTime(length, fixed: fixed, turn: turn).nanoseconds)
    }

    @Test(
        "the length nearly reaches the best speed there is, and costs of looking for it stay small",
        arguments: [0.0005, 0.005, 0.05], [0.01, 0.1, 10])
    func findsTheBestLength(fixed: Double, turn: Double) {
        let lookahead = SimulatedDuration.microseconds(500)
        var controller = WindowController(lookahead: lookahead)
        var simulated = 0.0
        var wall = 0.0
        for window in 0..<3_000 {
            let length = controller.length
            let cost = wallTime(length, fixed: fixed, turn: turn)
            if window >= 100 {
                simulated += Double(length.nanoseconds)
                wall += Double(cost.nanoseconds)
            }
            controller.note(simulated: length, wallTime: cost.nanoseconds, sweeps: cost.sweeps)
        }
        let lengths = (0...12).map { SimulatedDuration(nanoseconds: lookahead.nanoseconds << $0) }
        let best = lengths.map { speed($0, fixed: fixed, turn: turn) }.max() ?? 0
        #expect(simulated / wall > best * 0.85)
    }

    @Test("a length that is a little worse does not hide the better one behind it")
    func looksBeyondAPlateau() {
        var controller = WindowController(lookahead: .milliseconds(1))
        let speeds: [Int64: Double] = [256: 8, 512: 10, 1_024: 9.5, 2_048: 14]
        for _ in 0..<400 { note(speeds, in: &controller) }
        #expect(controller.length == .milliseconds(2_048))
    }

    @Test("after a cut the best shorter length that is known comes next")
    func retreatsToTheBestKnown() {
        // The speeds of 512, 256, 128 and 64 ms in turn; the second shortest is the best of them.
        var controller = WindowController(lookahead: .milliseconds(1))
        let start = controller.length
        let speeds: [Int64: Double] = [64: 3, 128: 4, 256: 2, 512: 1]
        for _ in 0..<16 { note(speeds, in: &controller) }
        #expect(start == .milliseconds(512))
        #expect(controller.length < start)
        controller = longer(than: controller, speeds)
        controller.retreat(to: .milliseconds(1))
        #expect(controller.length == .milliseconds(128))
    }

    /// A window is over whose speed depends on its length in milliseconds; lengths not named are slow.
    private func note(_ speeds: [Int64: Double], in controller: inout WindowController) {
        let length = controller.length
        let speed = speeds[length.nanoseconds / 1_000_000] ?? 0.5
        let wall = UInt64(Double(length.nanoseconds) / speed)
        controller.note(simulated: length, wallTime: wall, sweeps: 10)
    }

    /// Goes on until a length is tried that is longer than the best.
    private func longer(
        than controller: WindowController, _ speeds: [Int64: Double]
    ) -> WindowController {
        var controller = controller
        for _ in 0..<1_000 where controller.length <= .milliseconds(128) {
            note(speeds, in: &controller)
        }
        return controller
    }

    @Test("a length that the user chose never changes")
    func fixedLengthsStay() {
        var controller = WindowController(fixed: .milliseconds(50))
        controller.note(simulated: .milliseconds(50), wallTime: 1_000_000_000, sweeps: 100)
        controller.retreat(to: .milliseconds(1))
        #expect(controller.length == .milliseconds(50))
    }
}

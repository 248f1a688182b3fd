import Kernel
import Model
import Testing

@Suite("Backoff")
struct BackoffTests {
    private func wait(
        _ jitter: BackoffDescription.Jitter, retry: Int, previous: SimulatedDuration = .zero,
        draw: Double = 0.5
    ) -> SimulatedDuration {
        let description = BackoffDescription(
            base: .milliseconds(100), factor: 2, cap: .seconds(1), jitter: jitter)
        return Backoff.delay(of: description, retry: retry, previous: previous, draw: draw)
    }

    @Test("Without jitter the wait doubles from the base up to the cap")
    func doubling() {
        let waits = (1...6).map { wait(.none, retry: $0).nanoseconds / 1_000_000 }
        #expect(waits == [100, 200, 400, 800, 1_000, 1_000])
    }

    @Test("The means of the jitters are those of their uniform distributions")
    func means() {
        var numbers = RandomNumbers(seed: 1)
        func mean(_ jitter: BackoffDescription.Jitter, retry: Int) -> Double {
            var sum = 0.0
            for _ in 0..<20_000 {
                let draw = openUnitInterval(numbers.next())
                sum += wait(jitter, retry: retry, draw: draw).seconds
            }
            return sum / 20_000
        }
        // Standard errors are at most 0.4 / sqrt(12 · 20,000) = 0.8 ms.
        #expect(abs(mean(.full, retry: 3) - 0.2) < 0.003)
        #expect(abs(mean(.equal, retry: 3) - 0.3) < 0.003)
        #expect(abs(mean(.proportional, retry: 3) - 0.4) < 0.003)
        // The first decorrelated wait is uniform in base...3 base.
        #expect(abs(mean(.decorrelated, retry: 1) - 0.2) < 0.003)
    }

    @Test("Each jitter keeps within its bounds")
    func bounds() {
        let least = 1e-16
        let most = 1 - 1e-16
        #expect(wait(.full, retry: 2, draw: least) == .zero)
        #expect(wait(.full, retry: 2, draw: most) == .milliseconds(200))
        #expect(wait(.equal, retry: 2, draw: least) == .milliseconds(100))
        #expect(wait(.equal, retry: 2, draw: most) == .milliseconds(200))
        #expect(wait(.proportional, retry: 2, draw: least) == .milliseconds(160))
        #expect(wait(.proportional, retry: 2, draw: most) == .milliseconds(240))
        #expect(wait(.proportional, retry: 9, draw: most) == .milliseconds(1_200))
        let before = SimulatedDuration.milliseconds(200)
        #expect(wait(.decorrelated, retry: 2, previous: before, draw: least) == .milliseconds(100))
        #expect(wait(.decorrelated, retry: 2, previous: before, draw: most) == .milliseconds(600))
        #expect(wait(.decorrelated, retry: 5, previous: .seconds(1), draw: most) == .seconds(1))
    }

    @Test("Waits beyond what an instant can hold are cut, not overflowed")
    func saturation() {
        let longest = SimulatedDuration(nanoseconds: .max)
        for jitter in BackoffDescription.Jitter.allCases {
            let description = BackoffDescription(
                base: .seconds(1 << 33), factor: 1e300, cap: longest, jitter: jitter)
            for retry in [1, 2, 64, 65, 1_000_000, .max] {
                let wait = Backoff.delay(
                    of: description, retry: retry, previous: longest, draw: 0.999_999)
                #expect(wait >= .zero)
            }
        }
        let none = Backoff.delay(of: .none, retry: 3, previous: .zero, draw: 0.5)
        #expect(none == .zero)
    }
}

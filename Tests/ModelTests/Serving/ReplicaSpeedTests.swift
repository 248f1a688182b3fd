import Kernel
import Model
import Testing

@Suite("Speed of a replica")
struct ReplicaSpeedTests {
    @Test("A line, Gunther's law and a given curve slow as they say, in the table and beyond it")
    func curves() {
        let linear = SlowdownCurve(.linear(slope: 0.1))
        let universal = SlowdownCurve(.universal(contention: 0.02, coherence: 0.001))
        let curve = SlowdownCurve(
            .curve([
                SlowdownPoint(requests: 10, factor: 1), SlowdownPoint(requests: 20, factor: 3),
                SlowdownPoint(requests: 2_000, factor: 4),
            ]))
        #expect(linear.speed(requests: 0) == 1 && linear.speed(requests: 1) == 1)
        #expect(linear.speed(requests: 11) == 1 / 2.0)
        #expect(linear.speed(requests: 2_001) == 1 / 201.0)
        #expect(universal.speed(requests: 1) == 1)
        #expect(abs(1 / universal.speed(requests: 100) - 12.88) < 1e-9)
        #expect(abs(1 / universal.speed(requests: 2_000) - (1 + 39.98 + 3_998)) < 1e-6)
        #expect(curve.speed(requests: 3) == 1 && curve.speed(requests: 15) == 0.5)
        #expect(curve.speed(requests: 20) == 1 / 3.0)
        #expect(abs(1 / curve.speed(requests: 1_010) - 3.5) < 1e-12)
        #expect(curve.speed(requests: 5_000) == 0.25)
    }

    @Test("A curve of one point is a constant")
    func onePoint() {
        let curve = SlowdownCurve(.curve([SlowdownPoint(requests: 5, factor: 2)]))
        #expect([0, 5, 10_000].allSatisfy { curve.speed(requests: $0) == 0.5 })
    }

    @Test("Speeds are spread log-normally about one, the same each time they are asked for")
    func spread() {
        var serving = ServingDescription()
        serving.speedSpread = 0.2
        let speeds = (0..<4_000).map {
            ReplicaTraits(of: $0, serving: serving, seed: 3, service: 1).speed
        }
        let logarithms = speeds.map(ExactMath.log)
        let mean = logarithms.reduce(0, +) / 4_000
        let variance = logarithms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3_999
        #expect(abs(mean) < 0.2 * 4 / 4_000.0.squareRoot())
        #expect(abs(variance.squareRoot() - 0.2) < 0.2 * 4 / 8_000.0.squareRoot())
        #expect(ReplicaTraits(of: 7, serving: serving, seed: 3, service: 1).speed == speeds[7])
        #expect(ReplicaTraits(of: 7, serving: serving, seed: 3, service: 2).speed != speeds[7])
    }

    @Test("Odd replicas are slower or fail; the others are plain")
    func oddReplicas() {
        var serving = ServingDescription()
        serving.oddReplicas = [OddReplica(replica: 2, speed: 0.1, errorRate: 0.5)]
        let odd = ReplicaTraits(of: 2, serving: serving, seed: 1, service: 0)
        let plain = ReplicaTraits(of: 1, serving: serving, seed: 1, service: 0)
        #expect(odd.speed == 0.1 && odd.errorRate == 0.5)
        #expect(plain.speed == 1 && plain.errorRate == 0)
    }
}

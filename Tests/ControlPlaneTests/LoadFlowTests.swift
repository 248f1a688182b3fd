import ControlPlane
import Testing

@Suite("How load spreads over a call graph")
struct LoadFlowTests {
    /// Calls per request by caller, as (target, count).
    private static func flow(_ calls: [[(Int, Double)]]) -> LoadFlow {
        LoadFlow(calls.map { $0.map { ExpectedCall(target: $0.0, count: $0.1) } })
    }

    @Test("Along a chain the loads are products")
    func chain() {
        let flow = Self.flow([[(1, 2)], [(2, 3)], [(3, 0.5)], []])
        #expect(flow.loads(entering: [10, 0, 0, 0]) == [10, 20, 60, 30])
        #expect(flow.loads(entering: [10, 1, 0, 4]) == [10, 21, 63, 35.5])
    }

    @Test("Where paths meet they add up")
    func diamond() {
        let flow = Self.flow([[(1, 1), (2, 2)], [(3, 1)], [(3, 5)], []])
        #expect(flow.loads(entering: [1, 0, 0, 0]) == [1, 1, 2, 11])
    }

    @Test("The order in which services are listed does not matter")
    func order() {
        let flow = Self.flow([[], [(0, 3)], [(1, 2)]])
        #expect(flow.loads(entering: [0, 0, 5]) == [30, 10, 5])
    }

    @Test("A cycle is a geometric series", arguments: [0.1, 0.5, 0.9, 0.97])
    func cycle(again: Double) {
        // Each request at a leads to one at b, each at b to `again` at a.
        let flow = Self.flow([[(1, 1)], [(0, again)]])
        let loads = flow.loads(entering: [7, 0])
        let sum = 7 / (1 - again)
        #expect(abs(loads[0] - sum) < 1e-6 * sum)
        #expect(abs(loads[1] - sum) < 1e-6 * sum)
    }

    @Test("A cycle that feeds itself is taken as it stands after many passes, and ends")
    func endlessCycle() {
        let loads = Self.flow([[(0, 1)]]).loads(entering: [1])
        #expect(loads[0] > 100)
    }

    @Test("No more is passed on than callers carry")
    func caps() {
        let flow = Self.flow([[(1, 2)], [(2, 1)], []])
        let capacity = [50.0, 1_000, 1_000]
        let loads = flow.loads(entering: [80, 0, 0]) { min($1, capacity[$0]) }
        #expect(loads == [80, 100, 100])
    }

    @Test("Who can be reached")
    func reach() {
        let flow = Self.flow([[(1, 1)], [(2, 1)], [(1, 0.1)], [(0, 1)]])
        #expect(flow.reaches(2, from: 0) && flow.reaches(0, from: 3) && flow.reaches(1, from: 1))
        #expect(!flow.reaches(3, from: 0) && !flow.reaches(0, from: 2))
    }

    @Test("The heaviest path counts each visit, and cuts cycles where they close")
    func heaviestPath() {
        let flow = Self.flow([[(1, 1), (2, 3)], [], [(0, 1), (3, 1)], []])
        #expect(flow.heaviestPath(from: [0], ownSeconds: [1, 5, 1, 0.5]) == [0, 1])
        #expect(flow.heaviestPath(from: [0], ownSeconds: [1, 5, 1.2, 0.5]) == [0, 2, 3])
        #expect(flow.heaviestPath(from: [1, 3], ownSeconds: [1, 5, 1, 6]) == [3])
        #expect(flow.heaviestPath(from: [], ownSeconds: [1, 1, 1, 1]).isEmpty)
    }

    @Test("Replicas carry a load at the target utilisation, and rounding asks for none too many")
    func replicas() {
        var service = ScaledService.scaled("a", cores: 2, work: 0.01)
        service.targetUtilisation = 0.5
        // 200 requests/s at full utilisation, 100 at half.
        #expect(service.replicas(carrying: 0) == 0)
        #expect(service.replicas(carrying: 0.1) == 1)
        #expect(service.replicas(carrying: 300) == 3)
        #expect(service.replicas(carrying: 100 * 1.1 + 190) == 3)
        #expect(service.replicas(carrying: 300.1) == 4)
        #expect(ScaledService.scaled("idle", work: 0).replicas(carrying: 5) == nil)
    }
}

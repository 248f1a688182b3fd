import Autoscalers
import ControlPlane
import Coordination
import Kernel
import Model
import Testing
import Topology

@Suite("Scaling: what pods ask for and may have")
struct ResourceTests {
    private func vertical(_ mode: String, seed: UInt64) throws -> ScalingRun {
        try ScalingScenario("vertical-in-place", ["services.web.scaling.vpa.updateMode": mode])
            .run(seed: seed, minutes: 14)
    }

    // The load rises at 300 s. Pods are changed from 450 s on.
    @Test(
        "Pods that are too small get more in place; evicting them costs more than it gains at first",
        arguments: ScalingScenario.seeds)
    func verticalInPlace(seed: UInt64) throws {
        let off = try vertical("Off", seed: seed)
        #expect(off.failing(400..<840) > 0.35)
        #expect(off.events("ResizeCompleted").isEmpty && !off.recommendations("web").isEmpty)

        let inPlace = try vertical("InPlaceOrRecreate", seed: seed)
        #expect(inPlace.failing(520..<840) < 0.01)
        #expect(inPlace.events("ResizeCompleted").count >= 4)
        #expect(inPlace.events("EvictedByVPA").isEmpty)
        #expect(inPlace.samples("web").allSatisfy { $0.unavailable == 0 && $0.kills == 0 })
        #expect(try #require(inPlace.recommendations("web").last) > 700)

        let recreate = try vertical("Recreate", seed: seed)
        #expect(recreate.events("EvictedByVPA").count >= 4)
        #expect(recreate.failing(450..<540) > inPlace.failing(450..<540) + 0.2)
        #expect(recreate.failing(760..<840) < 0.02)
    }

    // `batch` leaves its room from 600 s on.
    @Test(
        "A quota refuses pods that an autoscaler wants, and room is found long after it is there",
        arguments: ScalingScenario.seeds)
    func quotaInTheWay(seed: UInt64) throws {
        let run = try ScalingScenario("quota-in-the-way").run(seed: seed, minutes: 18)
        #expect(run.wanted("web", at: 500) == 12)
        #expect(run.failing(400..<600) > 0.15)
        #expect(run.events("FailedCreate").count > 10)
        #expect(run.wanted("batch", at: 700) < 6)
        // Nobody tries between the last refusal but one and the end of its back-off.
        #expect(run.failing(700..<880) > 0.15)
        #expect(try #require(run.outcome.control?.quotas.first).mostCPU == 12_000)
        let cured = try ScalingScenario(
            "quota-in-the-way", ["scaling.quotas.shop.requests.cpu": "18 cores"]
        ).run(seed: seed, minutes: 18)
        #expect(cured.failing(400..<1080) < 0.01)
        #expect(cured.events("FailedCreate").isEmpty)
    }

    @Test(
        "A workload waits until there is room for all of it; bookings keep nodes for ten minutes",
        arguments: ScalingScenario.seeds)
    func checkCapacity(seed: UInt64) throws {
        let run = try ScalingScenario("check-capacity").run(seed: seed)
        let training = run.conditions("training")
        #expect(
            training == [
                "240 Accepted", "240 CapacityIsNotFound", "310 CapacityIsNotFound",
                "440 CapacityIsNotFound", "690 CapacityIsFound", "700 CapacityBookingConsumed",
            ])
        #expect(run.steps("training").map(\.wanted) == [0, 8])
        #expect(run.conditions("night") == ["300 Accepted", "300 CapacityIsNotFound"])
        #expect(
            run.conditions("report") == [
                "780 Accepted", "780 CapacityIsFound", "1390 CapacityReservationTimeExpired",
            ])
        #expect(run.events("TriggeredScaleUp").isEmpty)
        let gone = run.events("ScaleDown")
        #expect(gone.count == 1 && gone[0] > 1_390 && gone[0] <= 1_750)
    }
}

extension ScalingRun {
    /// When the control plane said something, in seconds.
    fileprivate func events(_ reason: String) -> [Double] {
        (outcome.control?.events ?? []).filter { $0.reason == reason }.map(\.instant.seconds)
    }

    /// What was recommended of a service's CPU, one after another, in thousandths of a core.
    fileprivate func recommendations(_ name: String) -> [Int64] {
        let index = model.services.firstIndex { $0.name == name }
        return (outcome.control?.recommendations ?? []).filter { $0.service == index }.map(
            \.recommendation.target.cpu)
    }

    /// When, and what became of a provisioning request.
    fileprivate func conditions(_ name: String) -> [String] {
        (outcome.control?.conditions ?? []).filter {
            $0.condition.message.hasPrefix(name + ": ")
        }.map { "\(Int($0.instant.seconds)) \($0.condition.reason)" }
    }
}

import Testing

@Suite("Scaling: nodes, and replicas that are not there")
struct NodeTests {
    @Test(
        "Pods wait for nodes long after the autoscaler is done; placeholders keep room",
        arguments: ScalingScenario.seeds)
    func nodesInTheWay(seed: UInt64) throws {
        let run = try ScalingScenario("nodes-in-the-way").run(seed: seed, minutes: 12)
        #expect(run.wanted("web", at: 420) >= 20)
        #expect(run.failing(360..<420) > 0.2)
        let cured = try ScalingScenario("nodes-in-the-way-cured").run(seed: seed, minutes: 12)
        #expect(cured.failing(400..<720) < 0.01)
        let (harm, rest) = (run.users(300..<720).bad, cured.users(300..<720).bad)
        #expect(rest < harm * 0.6)
    }

    @Test(
        "In a stampede on the nodes a priority saves what matters", arguments: ScalingScenario.seeds
    )
    func provisionerStampede(seed: UInt64) throws {
        let run = try ScalingScenario("provisioner-stampede").run(seed: seed, minutes: 12)
        #expect(run.failing(300..<720, of: "checkout") > 0.05)
        let cured = try ScalingScenario(
            "provisioner-stampede", ["services.checkout.scaling.priority": "1000"]
        ).run(seed: seed, minutes: 12)
        #expect(cured.failing(400..<720, of: "checkout") < 0.01)
        #expect(
            cured.users(300..<720, of: "checkout").bad
                < run.users(300..<720, of: "checkout").bad / 2)
    }

    @Test(
        "Scaled to zero, who comes first waits for a poll and a start",
        arguments: ScalingScenario.seeds)
    func scaleToZero(seed: UInt64) throws {
        let keda = try ScalingScenario("scale-to-zero").run(seed: seed)
        let always = try ScalingScenario("scale-to-zero", scaling: "none").run(seed: seed)
        let knative = try ScalingScenario("scale-to-zero", scaling: "knative").run(seed: seed)
        // 40 s of start, up to 30 s until the poll, up to 15 s until a reading.
        #expect((40...86).contains(keda.latency(0.999)))
        #expect((40...46).contains(knative.latency(0.999)))
        #expect(always.latency(0.999) < 3)
        #expect(keda.latency(0.5) < 0.5)
        #expect(keda.replicaSeconds < 0.8 * always.replicaSeconds)
        #expect(knative.replicaSeconds < 0.7 * keda.replicaSeconds)
    }

    @Test(
        "Notebooks that are culled cost a part, and their users a wait on return",
        arguments: ScalingScenario.seeds)
    func notebooks(seed: UInt64) throws {
        let culled = try ScalingScenario("notebooks").run(seed: seed)
        let always = try ScalingScenario("notebooks", scaling: "none").run(seed: seed)
        let hour = try ScalingScenario(
            "notebooks", ["services.*.scaling.manifest": "notebooks-cull-60-min.yaml"]
        ).run(seed: seed)
        #expect(culled.replicaSeconds < 0.5 * always.replicaSeconds)
        #expect(culled.replicaSeconds < 0.8 * hour.replicaSeconds)
        #expect(hour.replicaSeconds < 0.8 * always.replicaSeconds)
        #expect((25...100).contains(culled.latency(0.99)))
        #expect(always.latency(0.99) < 20)
    }
}

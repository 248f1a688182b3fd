import Testing

private func isNear(_ value: Double, _ expected: Double, within tolerance: Double = 1e-9) -> Bool {
    abs(value - expected) <= tolerance * max(1, abs(expected))
}

@Suite("Formulas against published values and against one another")
struct FormulaTests {
    @Test("Erlang's B and C")
    func erlang() {
        // Tables of Erlang's B: 10 erlangs on 10 servers lose 21.5%; M/M/1 waits with probability ρ.
        #expect(isNear(Formulas.erlangB(10, servers: 10), 0.214_58, within: 1e-4))
        #expect(isNear(Formulas.erlangC(0.7, servers: 1), 0.7))
        #expect(isNear(Formulas.waitOfMMC(rate: 0.5, service: 1, servers: 1), 1))
    }

    @Test("Erlang's A: 48 calls a minute, 50 agents, patience of two minutes")
    func erlangA() {
        // Mandelbaum and Zeltyn, "Service engineering in action: the Palm/Erlang-A queue" (2007),
        // their first table: 3.1% abandon, 3.7 s mean wait, a queue of 3, agents 93% busy.
        let queue = ErlangA(rate: 48, service: 1, servers: 50, impatience: 0.5)
        #expect(isNear(queue.abandoned, 0.031, within: 0.0005))
        #expect(isNear(queue.meanWait * 60, 3.7, within: 0.05))
        #expect(isNear(queue.meanQueue, 3, within: 0.1))
        #expect(isNear(queue.meanBusy / 50, 0.93, within: 0.005))
    }

    @Test("Erlang's A lies between B, where nobody waits, and C, where nobody leaves")
    func limitsOfErlangA() {
        let impatient = ErlangA(rate: 8, service: 1, servers: 10, impatience: 1e9)
        #expect(isNear(impatient.abandoned, Formulas.erlangB(8, servers: 10), within: 1e-6))
        let patient = ErlangA(rate: 8, service: 1, servers: 10, impatience: 1e-9)
        #expect(isNear(patient.waits, Formulas.erlangC(8, servers: 10), within: 1e-6))
        #expect(
            isNear(
                patient.meanWait, Formulas.waitOfMMC(rate: 8, service: 1, servers: 10),
                within: 1e-5))
        // Patience as long as service: the number in system is Poisson, as in M/M/∞.
        let even = ErlangA(rate: 8, service: 1, servers: 10, impatience: 1)
        #expect(isNear(even.meanBusy + even.meanQueue, 8))
    }

    @Test("Cobham's priorities keep Kleinrock's conservation law")
    func priorities() {
        for servers in [1, 4] {
            let rates = [0.2, 0.3, 0.25].map { $0 * Double(servers) }
            let waits = Formulas.priorityWaits(rates: rates, service: 1, servers: servers)
            #expect(waits == waits.sorted())
            let mean = zip(rates, waits).reduce(0) { $0 + $1.0 * $1.1 } / rates.reduce(0, +)
            let fifo = Formulas.waitOfMMC(
                rate: rates.reduce(0, +), service: 1, servers: servers)
            #expect(isNear(mean, fifo))
        }
        // M/M/1, ρ = 0.2 + 0.4: W₀ = 0.6, W = 0.6/0.8 and 0.6/(0.8 · 0.4).
        let two = Formulas.priorityWaits(rates: [0.2, 0.4], service: 1, servers: 1)
        #expect(isNear(two[0], 0.75))
        #expect(isNear(two[1], 1.875))
    }

    @Test("Retries, hanging requests, and the tail at scale")
    func overload() {
        #expect(isNear(Formulas.retryAmplification(failure: 0.5, retries: 3), 1.875))
        #expect(Formulas.retryAmplification(failure: 1, retries: 3) == 4)
        #expect(isNear(Formulas.processorSharingSojourn(service: 2, utilisation: 0.75), 8))
        let hanging = Formulas.bimodalErrorRate(
            rate: 1000, latency: 0.1, deadline: 100, hanging: 0.05, threads: 1000)
        #expect(isNear(hanging, 0.804, within: 0.0005))
        #expect(isNear(Formulas.tailAtScale(slow: 0.01, parts: 100), 0.634, within: 0.0005))
    }

    @Test("A balanced closed network has throughput N / (D (N + K - 1))", arguments: [1, 4, 30])
    func balanced(population: Int) {
        let network = ClosedNetwork(
            Array(repeating: .init(demand: 0.2), count: 3), think: 0, population: population)
        #expect(
            isNear(
                network.throughput, Double(population) / (0.2 * Double(population + 2))))
    }

    @Test("Mean value analysis of one station is the machine repair model", arguments: [1, 2, 5])
    func repair(servers: Int) {
        // M/M/c//N by its balance equations (Gross and Harris, section 3.8).
        let (population, think, service) = (12, 4.0, 1.0)
        var weights = [1.0]
        for n in 1...population {
            weights.append(
                weights[n - 1] * Double(population - n + 1) / think * service
                    / Double(min(n, servers)))
        }
        let total = weights.reduce(0, +)
        let busy = weights.enumerated().reduce(0) {
            $0 + Double(min($1.offset, servers)) * $1.element
        }
        let network = ClosedNetwork(
            [.init(demand: service, servers: servers)], think: think, population: population)
        #expect(isNear(network.throughput, busy / total / service))
        #expect(isNear(network.meanNumbers[0] + network.throughput * think, Double(population)))
    }
}

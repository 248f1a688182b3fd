import Kernel

// Choices among callees by how many of their replicas are ready.
extension ServiceProcess {
    /// The call, an index into the program's, that a draw of 0..<1 falls on when each has its weight
    /// times the ready replicas of its callee, as the caller's `replica` knows them.
    ///
    /// While none is known to be ready, each has its weight alone. Ejected replicas count as ready, as
    /// they still belong to their service. O(replicas of the callees).
    func choiceByReplicas(
        _ step: UnsafePointer<ServiceProgram.Step>, _ draw: Double, of replica: UInt16,
        _ program: ServiceProgram
    ) -> Int {
        let first = Int(step.pointee.first)
        let range = first..<first + Int(step.pointee.count)
        func weight(_ index: Int) -> Double {
            let call = program.calls.pointer(to: index)
            return call.pointee.share
                * Double(readyReplicas(Int(call.pointee.edge), replica, program))
        }
        let total = range.reduce(0) { $0 + weight($1) }
        let isNoneReady = total <= 0
        var left = isNoneReady ? draw : draw * total
        var chosen = first
        for index in range {
            let own =
                isNoneReady ? program.calls.pointer(to: index).pointee.share : weight(index)
            guard own > 0 else { continue }
            chosen = index
            if left < own { break }
            left -= own
        }
        return chosen
    }

    /// Ready replicas of an edge's callee as a replica of the caller knows them; of callees that do not
    /// tell it, those that were ready when the run started.
    private func readyReplicas(_ edge: Int, _ replica: UInt16, _ program: ServiceProgram) -> Int {
        guard calling.count > 0, calling[0].hasViews(edge) else {
            return program.configuration.outgoing[edge].readyReplicas
        }
        let count = program.configuration.outgoing[edge].replicas
        let start = Int(calling[0].viewStarts[edge]) + Int(replica) * count
        var ready = 0
        for view in calling[0].views.elements[start..<start + count] where view.isReady {
            ready += 1
        }
        return ready
    }
}

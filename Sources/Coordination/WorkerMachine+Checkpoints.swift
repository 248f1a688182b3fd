package import Kernel
import Model

// A worker's final state as bytes, and a worker made from them.
extension WorkerMachine {
    /// The final state at the start of the present window, with all that was measured before it.
    ///
    /// Bytes from which ``restore(from:)`` makes an equal worker. O(state).
    package func checkpoint() -> [UInt8] {
        var writer = ByteWriter()
        let processes = snapshots.first?.processes ?? partition.processes
        for process in processes.elements { process.encode(into: &writer) }
        ledger.encode(into: &writer)
        return SealedBytes.seal(writer.bytes)
    }

    /// The final state at the end of the present window, with all that was measured in it.
    ///
    /// To be taken when the coordinator's next grant begins a new window: only that makes the latest
    /// execution final. Bytes as of ``checkpoint()``. O(state).
    package func finalCheckpoint() -> [UInt8] {
        var writer = ByteWriter()
        for process in partition.processes.elements { process.encode(into: &writer) }
        var ledger = ledger
        var effects = partition.effects
        effects.prepareForChanges()
        ledger.commit(&effects)
        ledger.encode(into: &writer)
        return SealedBytes.seal(writer.bytes)
    }

    /// Replaces the state of a fresh worker of the same model by a checkpoint.
    package mutating func restore(from bytes: [UInt8]) throws(ByteError) {
        let programs = partition.programs
        let restored = try ByteReader.read(try SealedBytes.open(bytes)) {
            (reader) throws(ByteError) -> ([Process], Ledger) in
            var processes: [Process] = []
            for _ in programs { processes.append(try Process(from: &reader)) }
            let ledger = try Ledger(from: &reader)
            try reader.finish()
            return (processes, ledger)
        }
        partition.processes = FixedArray(restored.0)
        ledger = restored.1
        snapshots = []
    }
}

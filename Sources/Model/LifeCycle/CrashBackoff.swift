package import Kernel

/// How long a container that ended waits before it is started again: Kubernetes' crash loop.
///
/// The first restart is at once; the waits after that double from a base to a cap (10, 20, 40, 80,
/// 160, 300, 300... s). A container that ends later than the reset time after its start has been
/// stable: its restart counts as the first again. After the kubelet's `doBackOff` and client-go's
/// `flowcontrol.Backoff`, whose reset time is twice the cap.
package struct CrashBackoff: BitwiseCopyable, Hashable, Sendable {
    /// The next wait; zero before the first restart.
    package private(set) var wait = SimulatedDuration.zero
    /// When the container was last started again.
    package private(set) var lastRestart = SimulatedInstant.start

    package init() {}

    /// The wait of a container that ended `now`, which is then started again. Zero: at once.
    package mutating func containerEnded(
        at now: SimulatedInstant, _ program: LifeCycleProgram
    ) -> SimulatedDuration {
        let cap = program.crashBackoffCap
        if wait == .zero || now - lastRestart > program.crashReset {
            wait = min(program.crashBackoff, cap)
            lastRestart = now
            return .zero
        }
        let delay = wait
        wait = wait.nanoseconds > cap.nanoseconds / 2 ? cap : wait + wait
        lastRestart = now.advanced(saturatingBy: delay)
        return delay
    }
}

extension CrashBackoff: BinaryCodable {
    package static var leastEncodedSize: Int { 16 }

    package func encode(into writer: inout ByteWriter) {
        wait.encode(into: &writer)
        lastRestart.encode(into: &writer)
    }

    package init(from reader: inout ByteReader) throws(ByteError) {
        wait = try SimulatedDuration(from: &reader)
        lastRestart = try SimulatedInstant(from: &reader)
        guard wait >= .zero, lastRestart >= .start else {
            throw ByteError(.invalid("crash back-off"), offset: reader.offset)
        }
    }
}

import Kernel
import Model
import Testing

@Suite("Requests that slow each other down")
struct SlowdownTests {
    /// With n requests begun each takes n times as long.
    private func finished(
        _ count: Int, threads: Int?, discipline: QueueDiscipline = .fifo,
        bucket: BucketDescription? = nil
    ) -> [Double] {
        let run = FinishedRun([
            service([compute(10)], cores: 8, threads: threads, arrivals: [users(count)]).with {
                $0.serving.slowdown = .linear(slope: 1)
                $0.serving.discipline = discipline
                if let bucket {
                    $0.admission = AdmissionDescription()
                    $0.admission?.bucket = bucket
                }
            }
        ])
        #expect(run.isLawful)
        return run.times(.computeFinished, at: 0)
    }

    @Test("Those that wait for a thread slow nobody", arguments: [QueueDiscipline.fifo, .priority])
    func waiting(discipline: QueueDiscipline) {
        #expect(finished(3, threads: 1, discipline: discipline) == [11, 21, 31])
        // 1 ms alone and 18 ms beside another; the third begins at 20, beside what is left of the second.
        #expect(finished(3, threads: 2, discipline: discipline) == [20, 22, 31])
    }

    @Test("Those that have begun do, without threads all of them")
    func begun() {
        // One of two alone for the first and the last millisecond.
        #expect(finished(2, threads: nil) == [20, 21])
    }

    @Test("Those that a leaky bucket holds back do not")
    func held() {
        let bucket = BucketDescription(kind: .leaky, rate: 50, burst: 10)
        #expect(finished(3, threads: nil, bucket: bucket) == [11, 31, 51])
    }
}

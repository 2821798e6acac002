package guard

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// job is a Windows job object. Its handle is not inherited, so it is closed, and
// the job killed, when this process ends in whatever way.
type job struct {
	mu     sync.Mutex
	handle windows.Handle // 0 when closed
}

var errJobClosed = errors.New("job is closed")

func newJob() (*job, error) {
	h, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, err
	}
	j := &job{handle: h}
	if err := j.setKillOnClose(true); err != nil {
		j.close()
		return nil, err
	}
	return j, nil
}

func (j *job) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	_ = windows.CloseHandle(j.handle)
	j.handle = 0
}

// use calls f with the handle while it is open.
func (j *job) use(f func(windows.Handle) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.handle == 0 {
		return errJobClosed
	}
	return f(j.handle)
}

func (j *job) setKillOnClose(on bool) error {
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	if on {
		info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	}
	return j.use(func(h windows.Handle) error {
		_, err := windows.SetInformationJobObject(h, windows.JobObjectExtendedLimitInformation,
			uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
		return err
	})
}

// kill ends every process of the job. A job that is closed has none.
func (j *job) kill() error {
	err := j.use(func(h windows.Handle) error { return windows.TerminateJobObject(h, 1) })
	if errors.Is(err, errJobClosed) {
		return nil
	}
	return err
}

// adopt puts a suspended process into the job and lets it run.
func (j *job) adopt(pid int) error {
	id := uint32(pid) //nolint:gosec // a pid is not negative
	p, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, id)
	if err != nil {
		return fmt.Errorf("open process: %w", err)
	}
	defer func() { _ = windows.CloseHandle(p) }()
	if err := j.use(func(h windows.Handle) error { return windows.AssignProcessToJobObject(h, p) }); err != nil {
		return fmt.Errorf("assign process to job: %w", err)
	}
	return resume(id)
}

// resume lets the first thread of a suspended process run. The handle of that
// thread is not kept by os.StartProcess, so the thread is looked up.
func resume(pid uint32) error {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		return fmt.Errorf("list threads: %w", err)
	}
	defer func() { _ = windows.CloseHandle(snapshot) }()
	entry := windows.ThreadEntry32{}
	entry.Size = uint32(unsafe.Sizeof(entry))
	for err = windows.Thread32First(snapshot, &entry); err == nil; err = windows.Thread32Next(snapshot, &entry) {
		if entry.OwnerProcessID == pid {
			return resumeThread(entry.ThreadID)
		}
	}
	return fmt.Errorf("find thread of process: %w", err)
}

func resumeThread(id uint32) error {
	thread, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, id)
	if err != nil {
		return fmt.Errorf("open thread: %w", err)
	}
	defer func() { _ = windows.CloseHandle(thread) }()
	if _, err := windows.ResumeThread(thread); err != nil {
		return fmt.Errorf("resume thread: %w", err)
	}
	return nil
}

// processList is JOBOBJECT_BASIC_PROCESS_ID_LIST.
type processList struct {
	assigned, listed uint32
	pids             [1024]uintptr
}

const jobBasicProcessIDList = 3

// members lists the processes of the job, as many as fit.
func (j *job) members() []int {
	var list processList
	err := j.use(func(h windows.Handle) error {
		err := windows.QueryInformationJobObject(h, jobBasicProcessIDList,
			uintptr(unsafe.Pointer(&list)), uint32(unsafe.Sizeof(list)), nil)
		if errors.Is(err, windows.ERROR_MORE_DATA) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil
	}
	all := make([]int, 0, list.listed)
	for _, pid := range list.pids[:min(int(list.listed), len(list.pids))] {
		all = append(all, int(pid)) //nolint:gosec // a pid fits
	}
	return all
}

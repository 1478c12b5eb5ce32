// Tells how far a job is, and loads the page again when it has ended.
const shown = document.getElementById("job");
const progress = document.getElementById("job-progress");
const percent = document.getElementById("job-percent"), line = document.getElementById("job-line");

async function look() {
  const answer = await fetch("/jobs/now").catch(() => null);
  const job = answer?.ok ? await answer.json() : null;
  if (job && (String(job.number) !== shown.dataset.number || job.state !== "running")) {
    location.reload();
    return;
  }
  if (job) {
    if (line.textContent !== job.status) line.textContent = job.status;
    percent.textContent = job.percent;
    if (job.share !== null) progress.value = job.share;
  }
  setTimeout(look, 500);
}

if (shown.dataset.state === "running") setTimeout(look, 300);

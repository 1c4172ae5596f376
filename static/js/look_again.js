// While something is being worked on, look again by itself; a little later each time.
const wait = Number(sessionStorage.getItem(location.pathname) ?? 1);
sessionStorage.setItem(location.pathname, String(Math.min(wait * 1.5, 15)));
setTimeout(() => location.reload(), wait * 1000);
